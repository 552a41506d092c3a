// SPDX-License-Identifier: Apache-2.0
// Drawing lines.
#include "bench/plot.hpp"

#include "bench/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>

namespace muster::cli::bench {
namespace {

constexpr double width = 760;
constexpr double height = 300;
constexpr double left = 70;
constexpr double right = 20;
constexpr double top = 34;
constexpr double bottom = 46;
constexpr int ticks_wanted = 6;

struct Range {
    double least = 0;
    double most = 1;
};

/// 1, 2 or 5 times a power of ten.
double round_step(double range) {
    const double rough = range / ticks_wanted;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (rough <= factor * power) return factor * power;
    }
    return 10 * power;
}

std::vector<PlotTick> round_ticks(const Range& range) {
    const double step = round_step(range.most - range.least);
    std::vector<PlotTick> ticks;
    const auto first = static_cast<std::int64_t>(std::ceil(range.least / step));
    const auto last = static_cast<std::int64_t>(std::floor(range.most / step + 0.001));
    for (std::int64_t n = first; n <= last; ++n) {
        const double at = static_cast<double>(n) * step;
        ticks.push_back({at, number_text(at)});
    }
    return ticks;
}

Range x_range(const Plot& plot) {
    Range range{0, 0};
    bool is_first = !plot.x_ticks.empty();  // Round numbers begin at 0.
    const auto widen = [&](double x) {
        range.least = is_first ? x : std::min(range.least, x);
        range.most = is_first ? x : std::max(range.most, x);
        is_first = false;
    };
    for (const auto& series : plot.series) {
        for (const auto& [x, y] : series.points) widen(x);
    }
    for (const auto& tick : plot.x_ticks) widen(tick.at);
    if (range.most <= range.least) range.most = range.least + 1;
    return range;
}

Range y_range(const Plot& plot) {
    double most = 0;
    for (const auto& series : plot.series) {
        for (const auto& [x, y] : series.points) most = std::max(most, y);
    }
    if (most <= 0) return {0, 1};
    const double step = round_step(most);
    return {0, std::ceil(most / step) * step};
}

/// Maps values to places in the picture.
class Canvas {
public:
    Canvas(const Range& x, const Range& y) : x_(x), y_(y) {}
    [[nodiscard]] double x(double value) const { return left + (value - x_.least) / (x_.most - x_.least) * (width - left - right); }
    [[nodiscard]] double y(double value) const {
        return height - bottom - (value - y_.least) / (y_.most - y_.least) * (height - top - bottom);
    }

private:
    Range x_;
    Range y_;
};

void draw_axes(const Plot& plot, const Canvas& canvas, const Range& x, const Range& y, std::ostream& out) {
    for (const auto& tick : round_ticks(y)) {
        out << "<line class=\"grid\" x1=\"" << left << "\" x2=\"" << width - right << "\" y1=\"" << canvas.y(tick.at) << "\" y2=\""
            << canvas.y(tick.at) << "\"/><text x=\"" << left - 8 << "\" y=\"" << canvas.y(tick.at) + 4 << "\" text-anchor=\"end\">"
            << tick.text << "</text>\n";
    }
    for (const auto& tick : plot.x_ticks.empty() ? round_ticks(x) : plot.x_ticks) {
        out << "<line class=\"grid\" y1=\"" << top << "\" y2=\"" << height - bottom << "\" x1=\"" << canvas.x(tick.at) << "\" x2=\""
            << canvas.x(tick.at) << "\"/><text x=\"" << canvas.x(tick.at) << "\" y=\"" << height - bottom + 16
            << "\" text-anchor=\"middle\">" << tick.text << "</text>\n";
    }
    out << "<text x=\"" << (left + width - right) / 2 << "\" y=\"" << height - 8 << "\" text-anchor=\"middle\">" << escaped(plot.x_label)
        << "</text>\n<text x=\"" << left - 8 << "\" y=\"" << top - 14 << "\" text-anchor=\"end\">" << escaped(plot.y_label) << "</text>\n";
}

void draw_series(const Plot& plot, const Canvas& canvas, std::ostream& out) {
    double legend_x = left + 16;
    for (std::size_t i = 0; i < plot.series.size(); ++i) {
        const PlotSeries& series = plot.series[i];
        out << "<polyline class=\"s" << i << "\" points=\"";
        for (const auto& [x, y] : series.points) out << canvas.x(x) << ',' << canvas.y(y) << ' ';
        out << "\"/>\n";
        if (series.points.size() == 1) {
            out << "<circle class=\"s" << i << "\" r=\"3\" cx=\"" << canvas.x(series.points[0].first) << "\" cy=\""
                << canvas.y(series.points[0].second) << "\"/>\n";
        }
        out << "<line class=\"s" << i << "\" x1=\"" << legend_x << "\" x2=\"" << legend_x + 18 << "\" y1=\"" << top - 18 << "\" y2=\""
            << top - 18 << "\"/><text x=\"" << legend_x + 24 << "\" y=\"" << top - 14 << "\">" << escaped(series.name) << "</text>\n";
        legend_x += 52 + 7.0 * static_cast<double>(series.name.size());
    }
}

}  // namespace

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string svg_of(const Plot& plot) {
    const Range x = x_range(plot);
    const Range y = y_range(plot);
    const Canvas canvas(x, y);
    std::ostringstream out;
    out.setf(std::ios::fixed);
    out.precision(1);
    out << "<figure><figcaption>" << escaped(plot.title) << "</figcaption>\n<svg viewBox=\"0 0 " << width << ' ' << height
        << "\" role=\"img\" aria-label=\"" << escaped(plot.title) << "\">\n";
    draw_axes(plot, canvas, x, y, out);
    draw_series(plot, canvas, out);
    out << "</svg></figure>\n";
    return out.str();
}

}  // namespace muster::cli::bench
