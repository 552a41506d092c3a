// SPDX-License-Identifier: Apache-2.0
// Passwords in one file, or in one for each device.
#include "bulk/password_list.hpp"

#include "base/files.hpp"
#include "bulk/sync.hpp"
#include "output/whole_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::cli::bulk {
namespace {

constexpr std::size_t chunk_bytes = 64U << 10U;
constexpr std::size_t max_line_bytes = 512;  // No id, user name and password of ours are longer.

/// What is in a file of passwords. The id is each line's first field, the password its last one.
struct PasswordFormat {
    std::string header;
    std::string what;
    std::string flag;
    std::function<std::string(const std::string& id, const std::string& password)> line;
};

/// As one CSV. Threads: any.
class PasswordList final : public PasswordStore {
public:
    PasswordList(std::filesystem::path file, bool is_anew, PasswordFormat format)
        : file_(std::move(file)), is_anew_(is_anew), format_(std::move(format)) {}
    ~PasswordList() override {
        if (fd_ >= 0) ::close(fd_);
    }
    PasswordList(const PasswordList&) = delete;
    PasswordList& operator=(const PasswordList&) = delete;

    Result<void> begin(const FleetCheck& list) override {
        list_ = &list;
        offsets_.assign(list.rows(), 0);
        fd_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd_ < 0 && errno == ENOENT) return {};
        if (fd_ < 0) return base::system_error(errno, "cannot open", file_);
        if (auto checked = check_file(); !checked) return checked;
        return for_each_line([this](std::string_view line, std::uint64_t offset) -> Result<void> {
            const auto row = list_->row_of(std::string(line.substr(0, line.find(','))));
            if (row && !is_anew_) offsets_[*row] = offset;
            return {};
        });
    }

    Result<std::string> password_of(const FleetRow& row) override {
        const std::lock_guard lock(mutex_);
        auto known = known_of(row);
        if (!known || !known->empty()) return known;
        if (auto opened = create(); !opened) return std::move(opened).error();
        std::string password = make_one_time_password();
        const std::uint64_t offset = end_;
        if (auto written = append(format_.line(row.id, password)); !written) return std::move(written).error();
        offsets_[row.number] = offset;
        return password;
    }

    Result<std::string> find(const FleetRow& row) override {
        const std::lock_guard lock(mutex_);
        return known_of(row);
    }

    Result<void> sync() override {
        if (fd_ >= 0 && ::fdatasync(fd_) != 0) return base::system_error(errno, "cannot sync", file_);
        return {};
    }

    [[nodiscard]] const std::filesystem::path& place() const override { return file_; }
    [[nodiscard]] std::filesystem::path file_of(const FleetRow&) const override { return file_; }

    Result<void> keep(const FleetRow& row) override {
        auto password = find(row);
        if (!password || password->empty()) return password ? Result<void>() : Result<void>(password.error());
        if (auto opened = open_result(); !opened) return opened;
        return result_->write(format_.line(row.id, *password));
    }

    Result<void> end() override {
        if (fd_ < 0) return {};
        if (auto opened = open_result(); !opened) return opened;
        auto kept = for_each_line([this](std::string_view line, std::uint64_t) -> Result<void> {
            const bool is_ours = list_->row_of(std::string(line.substr(0, line.find(',')))).has_value();
            return is_ours ? Result<void>() : result_->write(std::string(line) + "\n");
        });
        return kept ? result_->commit() : kept;
    }

private:
    using OnLine = std::function<Result<void>(std::string_view line, std::uint64_t offset)>;

    Result<void> check_file() {
        struct stat status {};
        if (::fstat(fd_, &status) != 0) return base::system_error(errno, "cannot examine", file_);
        if (!S_ISREG(status.st_mode))
            return Error{Code::conflict, file_.string() + " is not a regular file", "name another with " + format_.flag};
        if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            return Error{Code::unsafe_file, "others can open " + file_.string() + ", which has " + format_.what,
                         "chmod 600 " + file_.string()};
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0)
            return Error{Code::in_use, "another run has " + file_.string() + " open", "wait for its end, or stop it"};
        const std::string_view header = format_.header;
        std::string start(header.size(), '\0');
        const auto count = ::pread(fd_, start.data(), start.size(), 0);
        const auto found = std::string_view(start).substr(0, count > 0 ? static_cast<std::size_t>(count) : 0);
        // A file that was just made when the process was killed may have less of it.
        if (found != header.substr(0, found.size()))
            return Error{Code::conflict, file_.string() + " is no list of " + format_.what + " of muster's",
                         "name another with " + format_.flag};
        end_ = static_cast<std::uint64_t>(status.st_size);
        if (found.size() < header.size()) end_ = 0;
        return end_ == 0 ? append(header) : Result<void>();
    }

    // Called with each whole line behind the header. What is behind the last line end was torn off by a crash, and is cut off.
    Result<void> for_each_line(const OnLine& on_line) {
        std::string pending;
        std::uint64_t begin = format_.header.size();
        std::string chunk(chunk_bytes, '\0');
        for (std::uint64_t offset = begin; offset < end_;) {
            const auto count = ::pread(fd_, chunk.data(), std::min<std::uint64_t>(chunk.size(), end_ - offset), static_cast<off_t>(offset));
            if (count <= 0) return base::system_error(count < 0 ? errno : EIO, "cannot read", file_);
            offset += static_cast<std::uint64_t>(count);
            pending.append(chunk, 0, static_cast<std::size_t>(count));
            std::size_t at = 0;
            for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', at)) {
                if (auto done = on_line(std::string_view(pending).substr(at, end - at), begin); !done) return done;
                begin += end - at + 1;
                at = end + 1;
            }
            pending.erase(0, at);
        }
        end_ = begin;
        if (!pending.empty() && ::ftruncate(fd_, static_cast<off_t>(end_)) != 0) return base::system_error(errno, "cannot mend", file_);
        return {};
    }

    // Empty: none.
    Result<std::string> known_of(const FleetRow& row) {
        const std::uint64_t offset = row.number < offsets_.size() ? offsets_[row.number] : 0;
        if (offset == 0) return std::string();
        std::string line(max_line_bytes, '\0');
        const auto count = ::pread(fd_, line.data(), line.size(), static_cast<off_t>(offset));
        if (count < 0) return base::system_error(errno, "cannot read", file_);
        line.resize(static_cast<std::size_t>(count));
        line.resize(std::min(line.find('\n'), line.size()));
        const bool is_the_rows = line.compare(0, row.id.size() + 1, row.id + ",") == 0;
        return is_the_rows ? line.substr(line.rfind(',') + 1) : std::string();
    }

    Result<void> create() {
        if (fd_ >= 0) return {};
        fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
        if (fd_ < 0) return base::system_error(errno, "cannot make", file_);
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) return base::system_error(errno, "cannot lock", file_);
        return append(format_.header);
    }

    Result<void> append(std::string_view text) {
        while (!text.empty()) {
            const auto written = ::pwrite(fd_, text.data(), text.size(), static_cast<off_t>(end_));
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return base::system_error(errno, "cannot write", file_);
            end_ += static_cast<std::uint64_t>(written);
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<void> open_result() {
        if (result_) return {};
        auto result = WholeFile::create(file_);
        if (!result) return std::move(result).error();
        result_.emplace(std::move(*result));
        return result_->write(format_.header);
    }

    const std::filesystem::path file_;
    const bool is_anew_;
    const PasswordFormat format_;
    std::mutex mutex_;
    const FleetCheck* list_ = nullptr;
    int fd_ = -1;
    std::uint64_t end_ = 0;
    std::vector<std::uint64_t> offsets_;  // By row; 0: none.
    std::optional<WholeFile> result_;
};

/// As files. Threads: any.
class PasswordDirectory final : public PasswordStore {
public:
    PasswordDirectory(std::filesystem::path directory, bool is_anew) : directory_(std::move(directory)), is_anew_(is_anew) {}

    Result<void> begin(const FleetCheck& list) override {
        has_made_.resize(list.rows());
        return base::make_private_directory(directory_);
    }
    Result<std::string> password_of(const FleetRow& row) override {
        const std::lock_guard lock(mutex_);
        auto known = is_anew_ && !has_made_[row.number] ? Result<std::string>(std::string()) : find(row);
        if (!known || !known->empty()) return known;
        const std::string password = make_one_time_password();
        auto stored = store(file_of(row), password + "\n");
        has_made_[row.number] = true;
        return stored ? Result<std::string>(password) : Result<std::string>(stored.error());
    }
    Result<std::string> find(const FleetRow& row) override {
        auto text = base::load_secret_file(file_of(row));
        if (!text && text.error().code() == Code::not_found) return std::string();
        if (!text) return text;
        text->resize(std::min(text->find_first_of("\r\n"), text->size()));
        return text;
    }
    Result<void> sync() override { return sync_file_system(directory_); }
    [[nodiscard]] const std::filesystem::path& place() const override { return directory_; }
    [[nodiscard]] std::filesystem::path file_of(const FleetRow& row) const override { return directory_ / (row.id + ".otp"); }
    Result<void> keep(const FleetRow&) override { return {}; }
    Result<void> end() override { return {}; }

private:
    // Whole or not at all, and durable from the next sync() on: one for each of thousands would take longer than all the rest.
    static Result<void> store(const std::filesystem::path& file, std::string_view text) {
        const std::string temporary = file.string() + ".tmp";
        const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
        if (fd < 0) return base::system_error(errno, "cannot make", file);
        const auto written = ::write(fd, text.data(), text.size());
        const int number = written == static_cast<ssize_t>(text.size()) ? 0 : written < 0 ? errno : ENOSPC;
        ::close(fd);
        if (number == 0 && ::rename(temporary.c_str(), file.c_str()) == 0) return {};
        const auto error = base::system_error(number == 0 ? errno : number, "cannot write", file);
        ::unlink(temporary.c_str());
        return error;
    }

    const std::filesystem::path directory_;
    const bool is_anew_;
    std::mutex mutex_;
    std::vector<bool> has_made_;  // By row.
};

}  // namespace

std::string make_one_time_password() {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::array<unsigned char, 26> random{};
    // Of so few bytes, Linux gives all or, early in its boot, waits (getrandom(2)).
    while (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    }
    std::string password;
    for (const unsigned char byte : random) password += alphabet[byte & 31U];
    return password;
}

std::unique_ptr<PasswordStore> make_password_list(const std::filesystem::path& file, bool is_anew) {
    return std::make_unique<PasswordList>(
        file, is_anew,
        PasswordFormat{"id,otp\n", "one-time passwords", "--otp-file",
                       [](const std::string& id, const std::string& password) { return id + "," + password + "\n"; }});
}

std::string credentials_header() {
    return "id,username,password\n";
}

std::string credentials_line(const std::string& tenant, const std::string& id, const std::string& password) {
    return id + "," + tenant + "/" + id + "," + password + "\n";
}

std::unique_ptr<PasswordStore> make_credentials_list(const std::filesystem::path& file, const std::string& tenant, bool is_anew) {
    return std::make_unique<PasswordList>(
        file, is_anew,
        PasswordFormat{credentials_header(), "passwords", "--credentials-out",
                       [tenant](const std::string& id, const std::string& password) { return credentials_line(tenant, id, password); }});
}

std::unique_ptr<PasswordStore> make_password_directory(const std::filesystem::path& directory, bool is_anew) {
    return std::make_unique<PasswordDirectory>(directory, is_anew);
}

}  // namespace muster::cli::bulk
