#pragma once
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/temp_folder.h"
#include "unidg/core/files.h"

namespace unidg::testing {

using Arguments = std::vector<std::string>;

/// What a run of the built program returned and said.
struct Ran {
  int exit = -1;
  std::string out, err;
};

/// The built program as a child process. Its output goes to files in a folder of its own.
/// `file_limit` bytes, when given, is the size at which writing to any file fails.
class Program {
 public:
  explicit Program(const Arguments& arguments,
                   const std::vector<std::pair<std::string, std::string>>& environment = {},
                   rlim_t file_limit = RLIM_INFINITY) {
    std::vector<char*> words{const_cast<char*>(UNIDG_PROGRAM)};
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const auto out = folder_ / "out", err = folder_ / "err";
    process_ = ::fork();
    if (process_ != 0) return;
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (file_limit != RLIM_INFINITY) {
      std::signal(SIGXFSZ, SIG_IGN);
      const ::rlimit limit{file_limit, file_limit};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::execv(UNIDG_PROGRAM, words.data());
    ::_exit(127);
  }
  void signal(int number) const { ::kill(process_, number); }
  Ran wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(folder_ / "out"),
            read_file(folder_ / "err")};
  }

 private:
  TempFolder folder_;
  pid_t process_ = 0;
};

inline Ran run_program(const Arguments& arguments,
                       const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  return Program(arguments, environment).wait();
}

}  // namespace unidg::testing
