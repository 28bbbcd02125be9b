// The summary's colours and bar characters. Colours are among the 16 basic ones and told apart by
// colour-blind people (blue, yellow; gray would not reach the back row); what they say is also said by
// characters and words. Thread rule: a value.
#pragma once

#include <string>
#include <string_view>

namespace gilscope::app {

class Paint {
 public:
  Paint(bool colour, bool ascii) : colour_(colour), ascii_(ascii) {}

  bool ascii() const noexcept { return ascii_; }
  std::string strong(std::string_view text) const { return painted("1", text); }
  /// Cannot be overlooked: bold and reversed, whatever the terminal's colours are.
  std::string alert(std::string_view text) const { return painted("1;7", text); }

  std::string hold(std::size_t columns) const { return bar("94", ascii_ ? "#" : "█", columns); }
  std::string wait(std::size_t columns) const { return bar("33", ascii_ ? "=" : "▒", columns); }
  std::string outside(std::size_t columns) const { return bar("", ascii_ ? "." : "·", columns); }

 private:
  std::string painted(std::string_view code, std::string_view text) const {
    if (!colour_ || code.empty() || text.empty()) return std::string(text);
    std::string result = "\x1b[";
    result.append(code).append("m").append(text).append("\x1b[0m");
    return result;
  }
  std::string bar(std::string_view code, std::string_view character, std::size_t columns) const {
    std::string text;
    for (std::size_t i = 0; i < columns; ++i) text += character;
    return painted(code, text);
  }

  bool colour_;
  bool ascii_;
};

}  // namespace gilscope::app
