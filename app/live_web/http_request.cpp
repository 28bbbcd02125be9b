#include "app/live_web/http_request.h"

#include <algorithm>
#include <cctype>

namespace gilscope::app {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// ASCII only: names of headers are.
bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); },
      [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_visible(std::string_view text, bool with_blanks) {
  return std::ranges::all_of(text, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte > 0x20 && byte != 0x7f) || (with_blanks && (c == ' ' || c == '\t'));
  });
}

bool parse_request_line(std::string_view line, HttpRequest& request) {
  const auto first = line.find(' ');
  const auto second = line.rfind(' ');
  if (first == std::string_view::npos || second == first) return false;
  request.method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  if (!is_token(request.method) || !target.starts_with('/') || !is_visible(target, false)) return false;
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  request.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  return true;
}

// Who sends one of these twice wants two readers to understand different things.
bool set_once(std::optional<std::string>& field, std::string_view value) {
  if (field) return false;
  field = value;
  return true;
}

bool parse_header(std::string_view line, HttpRequest& request) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_token(name) || !is_visible(value, true)) return false;
  if (equals_ignoring_case(name, "Host")) return set_once(request.host, value);
  if (equals_ignoring_case(name, "Origin")) return set_once(request.origin, value);
  if (equals_ignoring_case(name, "Cookie")) {
    request.cookie += (request.cookie.empty() ? "" : "; ") + std::string(value);
  } else if (equals_ignoring_case(name, "Last-Event-ID")) {
    request.last_event_id = value;
  } else if (equals_ignoring_case(name, "Transfer-Encoding") ||
             (equals_ignoring_case(name, "Content-Length") && value != "0")) {
    request.has_body = true;
  }
  return true;
}

// The value behind `name=` in one of the pieces between the separators.
std::string_view value_in(std::string_view list, char separator, std::string_view name) {
  while (!list.empty()) {
    const auto end = list.find(separator);
    const std::string_view piece = trimmed(list.substr(0, end));
    if (piece.size() > name.size() && piece.starts_with(name) && piece[name.size()] == '=') {
      return piece.substr(name.size() + 1);
    }
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

HeadState parse_request(std::string_view bytes, HttpRequest& request) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return bytes.size() >= kMostRequestBytes ? HeadState::kBad : HeadState::kIncomplete;
  }
  if (end > kMostRequestBytes) return HeadState::kBad;
  request = {};
  std::string_view head = bytes.substr(0, end);
  for (bool is_first = true;; is_first = false) {
    const auto line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    if (!(is_first ? parse_request_line(line, request) : parse_header(line, request))) return HeadState::kBad;
    if (line_end == std::string_view::npos) return HeadState::kComplete;
    head.remove_prefix(line_end + 2);
  }
}

std::string_view query_value(std::string_view query, std::string_view name) {
  return value_in(query, '&', name);
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  return value_in(cookies, ';', name);
}

}  // namespace gilscope::app
