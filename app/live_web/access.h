// Who may see a live run: whoever has the address that was printed, on this machine. Three defences, each for
// itself: only the loopback interface is listened on; a request must name this server as its Host and, where
// it names one, as its Origin (a page from elsewhere whose name was made to resolve to 127.0.0.1 does not);
// and it must carry the session's cookie, which is given to whoever comes with the token.
//
// The token is good for this run and for `/` alone, there for as many browsers as the address is opened in.
// It leaves the browser's address bar at once, by a redirect. The address that a browser is started with,
// which other users may see in the list of processes, has a token of its own that works once. Thread rule:
// one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/live_web/http_request.h"

namespace gilscope::app {

struct Verdict {
  enum class Kind : std::uint8_t {
    kServe,  ///< it has the cookie
    kAdmit,  ///< it has the token: give it the cookie, and send it to `/`
    kRefuse,
  };
  Kind kind = Kind::kRefuse;
  std::string_view reason;  ///< of a refusal: one sentence
};

class Access {
 public:
  /// Makes the secrets. Throws UserError where the system gives no random numbers.
  explicit Access(std::uint16_t port);

  Verdict judge(const HttpRequest& request);

  /// To be printed.
  std::string address() const { return address_with(token_); }
  /// To start a browser with: works once.
  std::string address_for_one_visit() const { return address_with(visit_token_); }
  /// The value of Set-Cookie.
  std::string cookie() const;

 private:
  std::string address_with(std::string_view token) const;
  bool is_here(std::string_view host) const;

  std::uint16_t port_;
  std::string cookie_name_;  // with the port: browsers keep cookies by host alone
  std::string token_;
  std::string visit_token_;
  bool visited_ = false;
  std::string session_;
};

/// 128 bits of the system's randomness, as 32 hexadecimal digits. Throws UserError.
std::string random_secret();
/// Whether both are the same, in a time that tells nothing of where they differ.
bool same_secret(std::string_view given, std::string_view expected) noexcept;

}  // namespace gilscope::app
