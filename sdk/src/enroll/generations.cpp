// SPDX-License-Identifier: Apache-2.0
// The generations of a device's credential, on disk.
#include "enroll/generations.hpp"

#include "base/files.hpp"
#include "base/links.hpp"
#include "base/secret.hpp"
#include "pki/key.hpp"
#include "pki/key_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace muster::est {
namespace {

namespace fs = std::filesystem;

constexpr const char* current_name = "current";
constexpr const char* folder_name = "generations";
constexpr const char* removed_name = "removed";
constexpr std::array<const char*, 4> plain_names{"device.key", "device.crt", "chain.pem", "ca.pem"};

// Names that other programs put there are none of ours: 1 to 9 digits, no leading zero.
std::optional<Generation> parse_generation(const std::string& name) {
    const bool is_number =
        !name.empty() && name.size() <= 9 && name.front() != '0' && name.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) return std::nullopt;
    return static_cast<Generation>(std::stoul(name));
}

std::optional<Generation> generation_in_use(const fs::path& directory) {
    const auto target = base::read_link(directory / current_name);
    if (!target || target->parent_path() != folder_name) return std::nullopt;
    return parse_generation(target->filename().string());
}

// `device.key -> current/device.key`
bool is_linked(const fs::path& directory, const char* name) {
    return base::read_link(directory / name) == fs::path(current_name) / name;
}

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

std::vector<Generation> generations_in(const fs::path& folder) {
    std::vector<Generation> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (const auto generation = parse_generation(entry->path().filename().string())) found.push_back(*generation);
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<void> store_public(const fs::path& path, const std::string& content) {
    return base::store_file(path, content, base::Access::everyone_reads, base::Existing::replace);
}

Result<void> copy_secret(const fs::path& from, const fs::path& to) {
    auto loaded = base::load_secret_file(from);
    if (!loaded) return std::move(loaded).error();
    const base::Secret content(std::move(*loaded));
    return base::store_file(to, content.view(), base::Access::owner_only, base::Existing::replace);
}

Result<void> copy_public(const fs::path& from, const fs::path& to) {
    auto content = base::load_file(from);
    // Trust anchors may be kept elsewhere, and nothing reads device.crt.
    if (!content && content.error().code() == Code::not_found) return {};
    if (!content) return std::move(content).error();
    return store_public(to, *content);
}

}  // namespace

IdentityFiles files_in_use(const fs::path& directory) {
    const auto generation = generation_in_use(directory);
    const bool is_switched = generation && is_linked(directory, "device.key") && is_linked(directory, "chain.pem");
    if (!is_switched) return IdentityFiles::in(directory);
    return Generations(directory).files_of(*generation);
}

std::optional<Generation> Generations::current() const {
    return generation_in_use(directory_);
}

IdentityFiles Generations::files_of(Generation generation) const {
    return IdentityFiles::in(folder_of(generation));
}

std::optional<Generation> Generations::candidate() const {
    const auto in_use = current();
    const Generation last = newest();
    if (!in_use || last <= *in_use) return std::nullopt;
    return last;
}

Generation Generations::newest() const {
    const auto found = generations_in(folder());
    return found.empty() ? 0 : found.back();
}

Result<pki::Key> Generations::prepare(NextKey next_key) {
    if (auto adopted = adopt_plain_files(); !adopted) return std::move(adopted).error();
    // Also where it is to be replaced: who cannot open it cannot renew it, and must not get a key in the clear after an encrypted one.
    auto in_use = pki::load_key(files_in_use(directory_).key, key_password_);
    if (!in_use) return in_use;
    if (auto left = reuse_prepared_key(next_key, **in_use)) return left;
    if (auto removed = remove_with_key(next()); !removed) return std::move(removed).error();
    if (auto made = base::make_private_directory(next()); !made) return std::move(made).error();
    const auto path = IdentityFiles::in(next()).key;
    auto stored = next_key == NextKey::kept ? copy_secret(files_in_use(directory_).key, path) : create_key(path);
    if (!stored) return std::move(stored).error();
    return pki::load_key(path, key_password_);
}

Result<void> Generations::create_key(const fs::path& path) const {
    auto store = pki::open_store_of(files_in_use(directory_).key, key_password_);
    if (!store) return std::move(store).error();
    return (*store)->create(path, pki::KeyType::ec_p256, pki::Overwrite::refuse);
}

// Whatever stands beside the key was written by a renewal that got no further.
Result<pki::Key> Generations::reuse_prepared_key(NextKey next_key, const EVP_PKEY& in_use) {
    auto left = pki::load_key(IdentityFiles::in(next()).key, key_password_);
    if (!left) return left;
    const bool is_same = EVP_PKEY_eq(left->get(), &in_use) == 1;
    if (is_same != (next_key == NextKey::kept)) return Error{Code::conflict, "the key that is left is not the one that is wanted"};
    return left;
}

Result<Generation> Generations::complete(const Chain& chain, const std::string& trust_anchors_pem) {
    const IdentityFiles files = IdentityFiles::in(next());
    std::string chain_pem;
    for (const auto& certificate : chain) chain_pem += pki::to_pem(*certificate);
    if (auto stored = store_public(files.trust_anchors, trust_anchors_pem); !stored) return std::move(stored).error();
    if (auto stored = store_public(files.certificate, pki::to_pem(*chain.front())); !stored) return std::move(stored).error();
    if (auto stored = store_public(files.chain, chain_pem); !stored) return std::move(stored).error();
    const Generation generation = newest() + 1;
    if (auto moved = base::move_folder(next(), folder_of(generation)); !moved) return std::move(moved).error();
    return generation;
}

Result<void> Generations::promote(Generation generation) {
    if (auto switched = switch_to(generation); !switched) return switched;
    tidy(generation);
    return {};
}

Result<void> Generations::switch_to(Generation generation) {
    if (auto switched = base::replace_link(directory_ / current_name, fs::path(folder_name) / std::to_string(generation)); !switched)
        return switched;
    return link_plain_names(generation);
}

Result<void> Generations::link_plain_names(Generation generation) {
    for (const char* name : plain_names) {
        if (is_linked(directory_, name) || !is_there(folder_of(generation) / name)) continue;
        if (auto linked = base::replace_link(directory_ / name, fs::path(current_name) / name); !linked) return linked;
    }
    return {};
}

// A plain file is the first enrollment's, or one that somebody has put in the place of its link: it counts. The new generation has what
// every plain name says now, so whichever of the links is replaced when the power goes, each says the same.
Result<void> Generations::adopt_plain_files() {
    const bool is_adopted = current() && std::all_of(plain_names.begin(), plain_names.end(), [&](const char* name) {
                                return is_linked(directory_, name) || !is_there(directory_ / name);
                            });
    if (is_adopted) return {};
    if (auto checked = base::check_private_directory(directory_); !checked) return checked;
    if (auto made = base::make_private_directory(folder()); !made) return made;
    if (auto synced = base::sync_directory(directory_); !synced) return synced;
    if (auto removed = remove_with_key(next()); !removed) return removed;
    if (auto made = base::make_private_directory(next()); !made) return made;
    const IdentityFiles plain = IdentityFiles::in(directory_);
    const IdentityFiles copy = IdentityFiles::in(next());
    if (auto copied = copy_secret(plain.key, copy.key); !copied) return copied;
    for (const auto& [from, to] : {std::pair(plain.certificate, copy.certificate), std::pair(plain.chain, copy.chain),
                                   std::pair(plain.trust_anchors, copy.trust_anchors)}) {
        if (auto copied = copy_public(from, to); !copied) return copied;
    }
    const Generation generation = newest() + 1;
    if (auto moved = base::move_folder(next(), folder_of(generation)); !moved) return moved;
    return switch_to(generation);
}

void Generations::discard(Generation generation) {
    if (generation != current()) static_cast<void>(remove(generation));
}

// Out of sight first: a generation that is half removed must not look like one that may be used.
Result<void> Generations::remove(Generation generation) {
    const auto removed = folder() / removed_name;
    if (auto cleared = remove_with_key(removed); !cleared) return cleared;
    if (auto moved = base::move_folder(folder_of(generation), removed); !moved) return moved;
    return remove_with_key(removed);
}

// A key in a token goes before the file that says where it is. Without its token the folder stays for the next time.
Result<void> Generations::remove_with_key(const fs::path& folder) {
    auto removed = pki::remove_referred_key(IdentityFiles::in(folder).key, files_in_use(directory_).key, key_password_);
    if (!removed) return removed;
    return base::remove_folder(folder);
}

// Files that a cut left unnamed may hold a key.
void Generations::tidy(Generation kept) {
    for (const Generation generation : generations_in(folder())) {
        if (generation != kept) static_cast<void>(remove(generation));
    }
    static_cast<void>(remove_with_key(folder() / removed_name));
    static_cast<void>(remove_with_key(next()));
    std::vector<fs::path> left;
    std::error_code error;
    for (fs::directory_iterator entry(directory_, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const auto is_ours = [&](std::string_view ours) { return name.rfind(std::string(ours) + ".tmp-", 0) == 0; };
        if (is_ours(current_name) || std::any_of(plain_names.begin(), plain_names.end(), is_ours)) left.push_back(entry->path());
    }
    for (const auto& path : left) ::unlink(path.c_str());
}

}  // namespace muster::est
