// SPDX-License-Identifier: Apache-2.0
// `bare_pki identities DIR COUNT THREADS CA-CERT CA-KEY` or `bare_pki handshakes PORT COUNT THREADS CA-FILE`: prints the seconds it took.
#include "bare_pki.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const bool makes = words.size() == 6 && words[0] == "identities";
    const bool shakes = words.size() == 5 && words[0] == "handshakes";
    if (!makes && !shakes) {
        std::cerr << "bare_pki identities DIR COUNT THREADS CA-CERT CA-KEY\nbare_pki handshakes PORT COUNT THREADS CA-FILE\n";
        return 2;
    }
    try {
        const auto count = static_cast<unsigned>(std::stoul(words[2]));
        const auto threads = static_cast<unsigned>(std::stoul(words[3]));
        const auto start = std::chrono::steady_clock::now();
        if (makes)
            muster::bench::make_identities(words[1], count, threads, words[4], words[5]);
        else
            muster::bench::shake_hands(words[1].c_str(), count, threads, words[4].c_str());
        std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << '\n';
    } catch (const std::exception& problem) {
        std::cerr << "bare_pki: " << problem.what() << '\n';
        return 1;
    }
    return 0;
}
