// SPDX-License-Identifier: Apache-2.0
// Line plots as SVG, for a page whose style says the colours.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace muster::cli::bench {

struct PlotSeries {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< By x.
};

struct PlotTick {
    double at = 0;
    std::string text;
};

struct Plot {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<PlotSeries> series;  ///< At most four, which have the classes s0 to s3.
    std::vector<PlotTick> x_ticks;   ///< Empty: round numbers from 0.
};

/// The y axis begins at 0.
[[nodiscard]] std::string svg_of(const Plot& plot);

/// Text as HTML has it.
[[nodiscard]] std::string escaped(const std::string& text);

}  // namespace muster::cli::bench
