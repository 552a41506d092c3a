// SPDX-License-Identifier: Apache-2.0
// The admin API of muster's broker, for what must be there before a load: tenants, an application, devices by the thousand.
#pragma once

#include <curl/curl.h>

#include <filesystem>
#include <memory>
#include <string>

namespace muster::bench {

/// One connection, kept open: ten thousand devices are registered over it. A refusal is an exception that says why.
/// Threads: one.
class Admin {
public:
    explicit Admin(const std::filesystem::path& socket);

    /// `body` is JSON.
    void call(const std::string& method, const std::string& path, const std::string& body);

private:
    struct Close {
        void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    };
    std::unique_ptr<CURL, Close> curl_;
};

}  // namespace muster::bench
