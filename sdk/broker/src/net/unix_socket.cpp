// SPDX-License-Identifier: Apache-2.0
// Listening sockets that are files.
#include "net/unix_socket.hpp"

#include "base/files.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace muster::testbroker::net {
namespace {

constexpr std::size_t max_path_bytes = sizeof(sockaddr_un::sun_path) - 1;  // Less its NUL.

Socket make_socket() {
    return Socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

// Whose backlog is full is alive too.
bool somebody_answers(const sockaddr_un& address) {
    const Socket probe = make_socket();
    return probe && (::connect(probe.fd(), generic(address), sizeof address) == 0 || errno == EAGAIN);
}

Result<void> make_way(const std::filesystem::path& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};  // What else is wrong, bind will say.
    if (!S_ISSOCK(status.st_mode)) return Error{Code::io, path.string() + " exists and is not a socket", "give another path"};
    if (somebody_answers(address))
        return Error{Code::in_use, "another broker answers at " + path.string(), "stop it, or give another path"};
    ::unlink(path.c_str());
    return {};
}

}  // namespace

Result<void> check_socket_path(const std::filesystem::path& path) {
    if (path.empty()) return Error{Code::invalid_argument, "a UNIX socket needs a path"};
    if (path.native().size() <= max_path_bytes) return {};
    return Error{Code::invalid_argument,
                 "the socket's path " + path.string() + " has more than " + std::to_string(max_path_bytes) + " bytes",
                 "give a shorter one"};
}

Result<Socket> listen_unix(const std::filesystem::path& path) {
    if (auto checked = check_socket_path(path); !checked) return std::move(checked).error();
    const sockaddr_un address = address_of(path);
    if (auto made = make_way(path, address); !made) return std::move(made).error();
    Socket socket = make_socket();
    constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
    // Before it is bound the socket's own mode decides that of the file: nobody else can connect in between.
    if (!socket || ::fchmod(socket.fd(), owner_only) != 0 || ::bind(socket.fd(), generic(address), sizeof address) != 0)
        return base::system_error(errno, "cannot listen on", path);
    if (::chmod(path.c_str(), owner_only) != 0) return base::system_error(errno, "cannot protect", path);
    if (::listen(socket.fd(), SOMAXCONN) != 0) return base::system_error(errno, "cannot listen on", path);
    return socket;
}

}  // namespace muster::testbroker::net
