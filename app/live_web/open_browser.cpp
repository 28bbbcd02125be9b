#include "app/live_web/open_browser.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gilscope::app {

namespace {

// Words of $BROWSER, as webbrowser.py and xdg-open read it: commands separated by colons, each with
// arguments, of which %s is the address.
std::vector<std::string> words_of(std::string_view command, const std::string& address) {
  std::vector<std::string> words;
  bool names_address = false;
  while (!command.empty()) {
    const auto end = command.find(' ');
    std::string word(command.substr(0, end));
    if (const auto mark = word.find("%s"); mark != std::string::npos) {
      word.replace(mark, 2, address);
      names_address = true;
    }
    if (!word.empty()) words.push_back(std::move(word));
    if (end == std::string_view::npos) break;
    command.remove_prefix(end + 1);
  }
  if (!words.empty() && !names_address) words.push_back(address);
  return words;
}

// A child of a child: nobody has to wait for it, and the script, which may wait for any child of its process,
// does not meet it.
int start_detached(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> failure;
  if (pipe2(failure.data(), O_CLOEXEC) != 0) return errno;
  const pid_t child = fork();
  if (child == 0) {
    if (_Fork() != 0) _exit(0);
    setsid();
    // What it says is not the script's output; Ctrl-C is not for it either.
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
    execvp(arguments[0], arguments.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(failure[1], &error, sizeof error);
    _exit(127);
  }
  close(failure[1]);
  int error = child < 0 ? errno : 0;
  if (child > 0) {
    waitpid(child, nullptr, 0);
    // Closed when the program begins.
    int exec_error = 0;
    if (read(failure[0], &exec_error, sizeof exec_error) == sizeof exec_error) error = exec_error;
  }
  close(failure[0]);
  return error;
}

}  // namespace

std::string open_browser(const std::string& address) {
  const char* const named = std::getenv("BROWSER");
  std::string_view commands = named != nullptr ? named : "";
  std::string failure;
  while (!commands.empty()) {
    const auto end = commands.find(':');
    const std::vector<std::string> words = words_of(commands.substr(0, end), address);
    if (!words.empty()) {
      const int error = start_detached(words);
      if (error == 0) return "";
      failure = fmt::format("'{}' from $BROWSER: {}", words.front(), std::strerror(error));
    }
    if (end == std::string_view::npos) break;
    commands.remove_prefix(end + 1);
  }
  const int error = start_detached({"xdg-open", address});
  if (error == 0) return "";
  return failure.empty() ? fmt::format("xdg-open: {}", std::strerror(error)) : failure;
}

}  // namespace gilscope::app
