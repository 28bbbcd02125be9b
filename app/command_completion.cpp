// gilscope completion: what teaches a shell to complete gilscope's command lines. The options of a verb are
// asked of that verb's --help when somebody presses Tab, so they are never out of date.
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/command_line.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr std::string_view kHelp = R"(Print what teaches a shell to complete gilscope's command lines.
Usage: gilscope completion bash|zsh|fish

  bash   in ~/.bashrc:                    source <(gilscope completion bash)
  zsh    in ~/.zshrc, after compinit:     source <(gilscope completion zsh)
  fish   in ~/.config/fish/config.fish:   gilscope completion fish | source

Exit status: 0; 2 for another shell.
)";

// @VERBS@ stands for the verbs. In what --help prints, options begin a line, their names joined by commas;
// newer versions of CLI11 put blanks before and between them.
constexpr std::string_view kBash =
    R"(# gilscope's completion for bash and zsh: source <(gilscope completion bash)
_gilscope() {
  local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]:-}
  local -a words
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=(@VERBS@ --help --version)
  elif [[ $verb == completion ]]; then
    words=(bash zsh fish)
  elif [[ $word == -* ]]; then
    local passed
    for passed in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
      [[ $verb == run && ( $passed == *.py || $passed == -[cm] ) ]] && return  # what follows is the script's
    done
    words=($("${COMP_WORDS[0]}" "$verb" --help 2>/dev/null | sed -nE 's/^ {2,8}(-[^ ={:]+( +--[^ ={:]+)?).*/\1/p' | tr -d ' ' | tr ',' '\n'))
  fi
  local candidate
  for candidate in "${words[@]}"; do
    [[ $candidate == "$word"* ]] && COMPREPLY+=("$candidate")
  done
}
complete -o bashdefault -o default -F _gilscope gilscope
)";

constexpr std::string_view kZsh = "autoload -U +X bashcompinit && bashcompinit\n";

constexpr std::string_view kFish = R"(# gilscope's completion for fish: gilscope completion fish | source
function __gilscope_options
    set -l words (commandline -opc)
    $words[1] $words[2] --help 2>/dev/null | string replace -rf '^ {2,8}(-[^ ={:]+( +--[^ ={:]+)?).*' '$1' | string replace -a ' ' '' | string split ,
end
complete -c gilscope -n __fish_use_subcommand -f -a '@VERBS@'
complete -c gilscope -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'
complete -c gilscope -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -a '(__gilscope_options)'
)";

std::string with_verbs(std::string_view script) {
  std::string verbs;
  for (const Command& command : commands())
    verbs += fmt::format("{}{}", verbs.empty() ? "" : " ", command.name);
  constexpr std::string_view kPlace = "@VERBS@";
  const std::size_t at = script.find(kPlace);
  return fmt::format("{}{}{}", script.substr(0, at), verbs, script.substr(at + kPlace.size()));
}

}  // namespace

int command_completion(std::span<const std::string> arguments) {
  const std::string shell = arguments.size() == 1 ? arguments.front() : "";
  if (shell == "--help" || shell == "-h") {
    fmt::print("{}", kHelp);
  } else if (shell == "bash") {
    fmt::print("{}", with_verbs(kBash));
  } else if (shell == "zsh") {
    fmt::print("{}{}", kZsh, with_verbs(kBash));
  } else if (shell == "fish") {
    fmt::print("{}", with_verbs(kFish));
  } else {
    throw UserError(
        "completion needs the name of a shell: bash, zsh or fish (see gilscope completion --help)");
  }
  return 0;
}

}  // namespace gilscope::app
