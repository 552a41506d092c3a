// SPDX-License-Identifier: Apache-2.0
// Where the cursor is on an unfinished command line.
#include "tree/completion.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

/// Reads word after word as parse_words() would, but an end in the middle is no mistake.
class CursorWalk {
public:
    explicit CursorWalk(const Command& root) { cursor_.parsed.command = &root; }

    void pass(const std::string& word) {
        if (pending_ != nullptr) {
            give(*std::exchange(pending_, nullptr), word);
        } else if (is_flag(word)) {
            pass_flag(word);
        } else if (const Command* child = child_named(word); child != nullptr) {
            cursor_.parsed.command = child;
        } else if (const Option* positional = next_positional(); positional != nullptr) {
            give(*positional, word);
        }
    }

    Cursor end_at(const std::string& word) {
        cursor_.begun = word;
        if (pending_ != nullptr) {
            cursor_.value_of = pending_;
        } else if (is_flag(word)) {
            end_in_flag(word);
        } else {
            cursor_.value_of = next_positional();
        }
        split_list();
        return std::move(cursor_);
    }

private:
    [[nodiscard]] bool is_flag(const std::string& word) const {
        return !cursor_.is_behind_dashes && word.size() > 1 && word.front() == '-';
    }

    [[nodiscard]] const Command* child_named(const std::string& word) const {
        if (cursor_.is_behind_dashes) return nullptr;
        for (const auto& child : cursor_.parsed.command->children()) {
            if (child->is_called(word)) return child.get();
        }
        return nullptr;
    }

    [[nodiscard]] const Option* find(bool (*is_it)(const Option&, const std::string&), const std::string& name) const {
        for (const Command* level = cursor_.parsed.command; level != nullptr; level = level->parent()) {
            for (const auto& option : level->options()) {
                if (option->kind != Option::Kind::positional && is_it(*option, name)) return option.get();
            }
        }
        return nullptr;
    }
    [[nodiscard]] const Option* find_long(const std::string& name) const {
        return find([](const Option& option, const std::string& wanted) { return option.name == wanted; }, name);
    }
    [[nodiscard]] const Option* find_short(char letter) const {
        return find([](const Option& option, const std::string& wanted) { return option.short_name == wanted; }, std::string(1, letter));
    }

    [[nodiscard]] const Option* next_positional() const {
        const auto& options = cursor_.parsed.command->options();
        const auto next = std::find_if(options.begin(), options.end(), [this](const auto& option) {
            return option->kind == Option::Kind::positional && (option->is_repeatable || cursor_.parsed.given.count(option.get()) == 0);
        });
        return next == options.end() ? nullptr : next->get();
    }

    void give(const Option& option, const std::string& text) { cursor_.parsed.given[&option].push_back(text); }

    // A flag has its value in the same word, or it is the next, or it takes none.
    void take(const Option* option, bool has_value, const std::string& value) {
        if (option == nullptr) return;
        if (option->kind == Option::Kind::flag) {
            give(*option, "true");
        } else if (has_value) {
            give(*option, value);
        } else {
            pending_ = option;
        }
    }

    void pass_flag(const std::string& word) {
        if (word == "--") {
            cursor_.is_behind_dashes = true;
            return;
        }
        if (word.rfind("--", 0) == 0) {
            const std::size_t equals = word.find('=');
            const bool has_value = equals != std::string::npos;
            take(find_long(word.substr(2, has_value ? equals - 2 : equals)), has_value, has_value ? word.substr(equals + 1) : "");
            return;
        }
        for (std::size_t i = 1; i < word.size(); ++i) {
            const Option* option = find_short(word[i]);
            take(option, i + 1 < word.size(), word.substr(i + 1));
            if (option == nullptr || option->kind == Option::Kind::value) return;
        }
    }

    void end_in_flag(const std::string& word) {
        const std::size_t equals = word.find('=');
        const bool is_long = word.rfind("--", 0) == 0;
        if (is_long && equals == std::string::npos) return;
        const Option* option = is_long ? find_long(word.substr(2, equals - 2)) : find_short(word[1]);
        if (option == nullptr || option->kind != Option::Kind::value || word.size() < 3) return;
        cursor_.value_of = option;
        move_to_before(is_long ? equals + 1 : 2);
    }

    // Of a list in one word only the last element is unfinished.
    void split_list() {
        if (cursor_.value_of == nullptr || cursor_.value_of->delimiter == 0) return;
        const std::size_t last = cursor_.begun.rfind(cursor_.value_of->delimiter);
        if (last != std::string::npos) move_to_before(last + 1);
    }

    void move_to_before(std::size_t count) {
        cursor_.before += cursor_.begun.substr(0, count);
        cursor_.begun.erase(0, count);
    }

    Cursor cursor_;
    const Option* pending_ = nullptr;
};

}  // namespace

Cursor find_cursor(const Command& root, const std::vector<std::string>& words) {
    CursorWalk walk(root);
    if (words.empty()) return walk.end_at("");
    std::for_each(words.begin(), words.end() - 1, [&](const std::string& word) { walk.pass(word); });
    return walk.end_at(words.back());
}

}  // namespace muster::cli
