#include "app/live_web/access.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/random.h>

#include "app/user_error.h"

namespace gilscope::app {

std::string random_secret() {
  std::array<unsigned char, 16> bytes;
  // Up to 256 bytes come whole, once the system has any to give.
  ssize_t count = 0;
  do {
    count = getrandom(bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(bytes.size())) {
    throw UserError(
        fmt::format("--live=web needs random numbers for its address, and the system gives none: {}",
                    std::strerror(errno)));
  }
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool same_secret(std::string_view given, std::string_view expected) noexcept {
  if (given.size() != expected.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference |= static_cast<unsigned>(given[i]) ^ static_cast<unsigned>(expected[i]);
  }
  return difference == 0;
}

Access::Access(std::uint16_t port)
    : port_(port),
      cookie_name_(fmt::format("gilscope_{}", port)),
      token_(random_secret()),
      visit_token_(random_secret()),
      session_(random_secret()) {}

std::string Access::address_with(std::string_view token) const {
  return fmt::format("http://127.0.0.1:{}/?token={}", port_, token);
}

std::string Access::cookie() const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name_, session_);
}

bool Access::is_here(std::string_view host) const {
  for (const char* const name : {"127.0.0.1", "localhost"}) {
    if (host == fmt::format("{}:{}", name, port_)) return true;
    if (port_ == 80 && host == name) return true;
  }
  return false;
}

Verdict Access::judge(const HttpRequest& request) {
  using Kind = Verdict::Kind;
  if (!request.host || !is_here(*request.host)) {
    return {Kind::kRefuse, "This is not the address that gilscope printed: open that one."};
  }
  if (request.origin) {
    const std::string_view origin = *request.origin;
    constexpr std::string_view kScheme = "http://";
    if (!origin.starts_with(kScheme) || !is_here(origin.substr(kScheme.size()))) {
      return {Kind::kRefuse, "A page from elsewhere may not look at this run."};
    }
  }
  if (const std::string_view token = query_value(request.query, "token"); !token.empty()) {
    constexpr std::string_view kWrong =
        "The token in this address is not that of this run: open the address that gilscope printed.";
    if (request.path != "/") return {Kind::kRefuse, kWrong};
    if (same_secret(token, token_)) return {Kind::kAdmit, {}};
    if (!same_secret(token, visit_token_) || visited_) return {Kind::kRefuse, kWrong};
    visited_ = true;
    return {Kind::kAdmit, {}};
  }
  if (same_secret(cookie_value(request.cookie, cookie_name_), session_)) return {Kind::kServe, {}};
  return {Kind::kRefuse, "Open the address that gilscope printed, with its token, first."};
}

}  // namespace gilscope::app
