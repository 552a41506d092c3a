// SPDX-License-Identifier: Apache-2.0
// The generations of a device's credential: the one in use, and the one that is to take its place.
#pragma once

#include "base/secret.hpp"
#include "enroll/answer_check.hpp"

#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace muster::est {

/// Grows by one with every credential.
using Generation = std::uint32_t;

/// Whether the next credential is for a new key or for the one in use.
enum class NextKey : std::uint8_t { renewed, kept };

/// The files to use now. Where there are generations, they are named in the current one's folder: key and certificate belong together, also
/// when the current one changes while they are read. In a directory as enrollment first writes it they are the plain files.
[[nodiscard]] IdentityFiles files_in_use(const std::filesystem::path& directory);

/// A credential's way into the identity directory (docs/reference/identity-directory.md):
///
///     prepare --> [key in generations/next] -- complete --> [generations/N: a candidate] -- promote --> [current]
///                                                                          |
///                                                                          +-- discard --> gone
///
/// Every step is synced before the next begins, and one rename decides: a power cut at any moment leaves the old identity or the new one,
/// whole. What a cut leaves half made is used again or removed by the next `prepare` or `promote`.
/// Threads: one, and one process: the device's, or an enrollment while it is stopped.
class Generations {
public:
    /// `key_password` opens the keys that are encrypted, and encrypts those that are made; null or empty: they are in the clear. Borrowed.
    explicit Generations(std::filesystem::path directory, const base::Secret* key_password = nullptr)
        : directory_(std::move(directory)), key_password_(key_password) {}

    /// The generation in use; none while the directory has plain files only.
    [[nodiscard]] std::optional<Generation> current() const;
    /// The newest complete generation after the current one: it has not been tried yet, or not to an end.
    [[nodiscard]] std::optional<Generation> candidate() const;
    [[nodiscard]] IdentityFiles files_of(Generation generation) const;

    /// The key for the next credential, stored. A key that an unfinished renewal left is used again, because a server that decides later
    /// (202) must be asked with the same one. Plain files become the first generation. Fails with Code::not_found (no identity),
    /// Code::unsafe_file, Code::corrupt, Code::denied (key password), Code::io, Code::no_space.
    Result<pki::Key> prepare(NextKey next_key);
    /// Stores certificate, chain and trust anchors beside the prepared key: the candidate.
    Result<Generation> complete(const Chain& chain, const std::string& trust_anchors_pem);
    /// Makes a complete generation the current one and removes the others.
    Result<void> promote(Generation generation);
    /// Removes a generation that is not the current one. What cannot be removed stays for the next `promote`.
    void discard(Generation generation);

private:
    Result<void> adopt_plain_files();
    Result<void> link_plain_names(Generation generation);
    Result<void> switch_to(Generation generation);
    Result<pki::Key> reuse_prepared_key(NextKey next_key, const EVP_PKEY& in_use);
    [[nodiscard]] Result<void> create_key(const std::filesystem::path& path) const;
    Result<void> remove(Generation generation);
    Result<void> remove_with_key(const std::filesystem::path& folder);
    void tidy(Generation kept);
    [[nodiscard]] Generation newest() const;
    [[nodiscard]] std::filesystem::path folder() const { return directory_ / "generations"; }
    [[nodiscard]] std::filesystem::path folder_of(Generation generation) const { return folder() / std::to_string(generation); }
    [[nodiscard]] std::filesystem::path next() const { return folder() / "next"; }

    std::filesystem::path directory_;
    const base::Secret* key_password_;
};

}  // namespace muster::est
