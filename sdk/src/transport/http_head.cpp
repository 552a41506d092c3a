// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1, as far as it takes.
#include "transport/http_head.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace muster::transport {
namespace {

constexpr std::string_view first_words = "HTTP/1.";
constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::string_view blanks = " \t";

Error no_http(const char* whose, const char* why) {
    return {Code::unreachable, std::string(whose) + ": the answer is not HTTP" + why};
}

// How long the head is; 0: it is not whole.
Result<std::size_t> head_size(std::string_view got, const char* whose) {
    const std::size_t common = std::min(got.size(), first_words.size());
    if (got.substr(0, common) != first_words.substr(0, common)) return no_http(whose, "");
    const auto head = got.substr(0, max_http_head_bytes);
    for (auto end = head.find('\n'); end != std::string_view::npos; end = head.find('\n', end + 1)) {
        if (head[end - 1] != '\r') return no_http(whose, ": its lines end with LF alone");
        if (head.substr(0, end + 1).substr(end + 1 - end_of_head.size()) == end_of_head) return end + 1;
    }
    if (got.size() >= max_http_head_bytes) return no_http(whose, ": its head is longer than 16 KiB");
    return std::size_t{0};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// `HTTP/1.1 200` and, behind a blank, words; 0: it is none.
int status_of(std::string_view line) {
    constexpr std::size_t begin = first_words.size() + 2;
    const bool has_place = line.size() >= begin + 3 && is_digit(line[begin - 2]) && line[begin - 1] == ' ';
    if (!has_place || (line.size() > begin + 3 && line[begin + 3] != ' ')) return 0;
    const auto digits = line.substr(begin, 3);
    if (!std::all_of(digits.begin(), digits.end(), is_digit) || digits[0] == '0') return 0;
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
    std::string all;
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(line.size() + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || in_lower_case(line.substr(0, colon)) != name) continue;
        if (!all.empty()) all += ", ";
        all += without_blanks(line.substr(colon + 1));
    }
    return all;
}

Result<std::optional<HttpAnswer>> take_http_answer(std::string& got, const char* whose, const HttpObserver& observer) {
    const auto size = head_size(got, whose);
    if (!size) return size.error();
    if (*size == 0) return std::optional<HttpAnswer>();
    HttpAnswer answer;
    const auto line = std::string_view(got).substr(0, got.find("\r\n"));
    answer.status = status_of(line);
    if (answer.status == 0) return no_http(whose, "");
    answer.reason = base::printable(line.substr(first_words.size() + 2));
    answer.head = got.substr(0, *size - 2);
    got.erase(0, *size);
    if (observer) observer(false, answer.reason);
    return std::optional<HttpAnswer>(std::move(answer));
}

Error http_refusal(int status, const std::string& reason, const std::string& whose, Code otherwise) {
    const bool is_denied = status == 401 || status == 403 || status == 407;
    return {is_denied ? Code::denied : otherwise, whose + " answers " + reason};
}

std::string in_lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower;
}

}  // namespace muster::transport
