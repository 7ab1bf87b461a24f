// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace volley::program {

/// All of it, whatever single writes take. Throws std::system_error, which names `path`.
void write_all(int fd, std::string_view text, const std::string& path);

/// The file has the new text, or what it had before: it is written beside its place, then renamed. What is half written is
/// removed if the program ends meanwhile. Throws std::system_error, which names `path`.
void replace_file(const std::string& path, std::string_view text);

}  // namespace volley::program
