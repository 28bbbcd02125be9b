// Who may see a live run, and what is a request at all.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/live_web/access.h"
#include "app/live_web/http_request.h"

namespace gilscope::app {
namespace {

HttpRequest parsed(std::string_view text) {
  HttpRequest request;
  EXPECT_EQ(parse_request(text, request), HeadState::kComplete) << text;
  return request;
}

TEST(HttpRequest, ReadsWhatIsNeeded) {
  const HttpRequest request = parsed(
      "GET /events?a=b&token=12 HTTP/1.1\r\nhost: localhost:80 \r\nCookie: x=1\r\ncookie:y=2; z=3\r\n"
      "Origin:\thttp://a\r\nLast-Event-ID: 17\r\nAccept: */*\r\n\r\n");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/events");
  EXPECT_EQ(query_value(request.query, "token"), "12");
  EXPECT_EQ(query_value(request.query, "oken"), "");
  EXPECT_EQ(request.host, "localhost:80");
  EXPECT_EQ(request.origin, "http://a");
  EXPECT_EQ(request.last_event_id, "17");
  EXPECT_FALSE(request.has_body);
  for (const auto& [name, value] : {std::pair{"x", "1"}, {"y", "2"}, {"z", "3"}, {"w", ""}}) {
    EXPECT_EQ(cookie_value(request.cookie, name), value);
  }
}

TEST(HttpRequest, WaitsForTheEndOfTheHead) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HttpRequest request;
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(parse_request(text.substr(0, length), request), HeadState::kIncomplete) << length;
  }
  EXPECT_EQ(parse_request(text, request), HeadState::kComplete);
  EXPECT_EQ(parse_request(std::string(kMostRequestBytes, 'x'), request), HeadState::kBad);
}

TEST(HttpRequest, RefusesWhatIsNone) {
  for (const char* const text :
       {"\r\n\r\n", "GET /\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET x HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n", "GET /\tx HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
        "G@T / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a\nHost: b\r\n\r\n"}) {
    HttpRequest request;
    EXPECT_EQ(parse_request(text, request), HeadState::kBad) << text;
  }
  EXPECT_TRUE(parsed("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n").has_body);
  EXPECT_TRUE(parsed("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").has_body);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").has_body);
}

constexpr std::uint16_t kPort = 4321;

HttpRequest request_for(const std::string& address) {
  HttpRequest request;
  request.method = std::string("GET");
  request.host = std::string("127.0.0.1:4321");
  request.path = std::string("/");
  const auto query = address.find("?");
  if (query != std::string::npos) request.query = address.substr(query + 1);
  return request;
}

TEST(Access, TheTokenAdmitsAnyNumberOfBrowsersAtTheFrontDoor) {
  Access access(kPort);
  EXPECT_TRUE(access.address().starts_with("http://127.0.0.1:4321/?token="));
  HttpRequest request = request_for(access.address());
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kAdmit);
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kAdmit);
  request.path = std::string("/events");
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kRefuse);
}

TEST(Access, TheAddressOfOneVisitWorksOnce) {
  Access access(kPort);
  const HttpRequest request = request_for(access.address_for_one_visit());
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kAdmit);
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kRefuse);
}

TEST(Access, AllElseNeedsTheCookieAndTheRightNames) {
  Access access(kPort);
  HttpRequest request = request_for("");
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kRefuse);
  const std::string cookie = access.cookie();
  request.cookie = cookie.substr(0, cookie.find(';'));
  for (const std::string& path : std::vector<std::string>{"/", "/events", "/report", "/else"}) {
    request.path = path;
    EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kServe) << path;
  }
  for (const std::string& host : std::vector<std::string>{"localhost:4321", "127.0.0.1:4321"}) {
    request.host = host;
    EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kServe) << host;
    request.origin = "http://" + host;
    EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kServe) << host;
  }
  for (const char* const origin :
       {"null", "", "http://localhost", "https://localhost:4321", "http://localhost:4321/"}) {
    request.origin = origin;
    EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kRefuse) << origin;
  }
  request.origin.reset();
  for (const std::string& host :
       std::vector<std::string>{"localhost", "127.0.0.1:432", "127.0.0.1:43210", "evil.example:4321", ""}) {
    request.host = host;
    EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kRefuse) << host;
  }
  request.host.reset();
  EXPECT_EQ(access.judge(request).kind, Verdict::Kind::kRefuse);
}

TEST(Access, SecretsAreLongAndNeverTheSame) {
  const std::string secret = random_secret();
  EXPECT_EQ(secret.size(), 32u);
  EXPECT_NE(secret, random_secret());
  EXPECT_TRUE(same_secret(secret, secret));
  EXPECT_FALSE(same_secret("", secret));
  std::string other = secret;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_FALSE(same_secret(other, secret));
}

}  // namespace
}  // namespace gilscope::app
