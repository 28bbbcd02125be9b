// The head of an HTTP request, as far as a server needs it that answers GET and nothing else. Strict: what is
// not plainly a request is refused (RFC 9112, sections 2 to 5). Pure functions. Not for who may ask:
// access.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gilscope::app {

struct HttpRequest {
  std::string method;
  std::string path;   ///< as it was sent: nothing that is served needs an escape
  std::string query;  ///< behind the '?'
  std::optional<std::string> host;
  std::optional<std::string> origin;
  std::string cookie;
  std::string last_event_id;
  bool has_body = false;
};

/// More than this is no request.
inline constexpr std::size_t kMostRequestBytes = 16 * 1024;

enum class HeadState : std::uint8_t { kIncomplete, kComplete, kBad };
/// Reads a request from all bytes that have come so far.
HeadState parse_request(std::string_view bytes, HttpRequest& request);

/// The value of `name` in a query; empty: it is not there. Values are not unescaped.
std::string_view query_value(std::string_view query, std::string_view name);
/// The value of `name` in a Cookie header, likewise.
std::string_view cookie_value(std::string_view cookies, std::string_view name);

}  // namespace gilscope::app
