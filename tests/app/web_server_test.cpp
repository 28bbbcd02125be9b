// The server's thread beside one that publishes: browsers that read, that do not, and that go.
#include "app/live_web/web_server.h"

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gilscope::app {
namespace {

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send_text(const std::string& text) {
    EXPECT_EQ(send(fd_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Until `text` has come, or the other side has closed.
  std::string read_until(const std::string& text) {
    while (received_.find(text) == std::string::npos) {
      char bytes[4096];
      const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
      if (count <= 0) break;
      received_.append(bytes, static_cast<std::size_t>(count));
    }
    return received_;
  }
  std::string read_all() { return read_until("\x01 never sent"); }

 private:
  int fd_;
  std::string received_;
};

class WebServerTest : public ::testing::Test {
 protected:
  WebServerTest() {
    const std::string address = server_.access().address();
    const auto colon = address.rfind(':');
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
    const std::string cookie = server_.access().cookie();
    cookie_ = cookie.substr(0, cookie.find(';'));
  }
  std::string request(const std::string& path) const {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port_) +
           "\r\nCookie: " + cookie_ + "\r\n\r\n";
  }

  EventStream events_{1 << 20};
  WebServer server_{0, events_, {.html = "<p>the page", .policy = "default-src 'none'"}};
  std::uint16_t port_ = 0;
  std::string cookie_;
};

TEST_F(WebServerTest, ManyReadersGetAllWhileItIsPublished) {
  constexpr int kEvents = 300;
  server_.start();
  std::vector<std::thread> readers;
  std::vector<std::string> read(5);
  for (std::string& text : read) {
    readers.emplace_back([&] {
      Client client(port_);
      client.send_text(request("/events"));
      text = client.read_until("event: end\n");
      Client report(port_);
      report.send_text(request("/report"));
      text += report.read_all();
    });
  }
  { Client gone(port_); }
  Client mute(port_);
  mute.send_text(request("/events"));
  for (int i = 0; i < kEvents; ++i) {
    events_.publish("records", EventLife::kRecords, std::to_string(i), {1, 1});
    events_.publish("moment", EventLife::kLatest, std::to_string(i));
  }
  std::FILE* const file = std::tmpfile();
  std::fputs("the report", file);
  std::fflush(file);
  server_.offer({.descriptor = fileno(file), .size = 10});
  events_.publish("end", EventLife::kLatest, "{}");
  events_.flush();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(server_.wait_for_browsers({.without_progress = std::chrono::milliseconds(50),
                                       .for_first_browser = {},
                                       .until_interrupted = false}),
            WebServer::Farewell::kGaveUp);
  std::fclose(file);
  for (const std::string& text : read) {
    for (int i = 0; i < kEvents; ++i) {
      EXPECT_NE(text.find("event: records\ndata: " + std::to_string(i) + "\n"), std::string::npos) << i;
    }
    EXPECT_TRUE(text.ends_with("the report"));
  }
}

TEST_F(WebServerTest, NobodyIsWaitedForWhereNobodyCame) {
  server_.start();
  server_.offer({});
  EXPECT_EQ(server_.wait_for_browsers({}), WebServer::Farewell::kNobodyCame);
}

TEST_F(WebServerTest, EndsWithoutFarewell) {
  server_.start();
  Client client(port_);
  client.send_text(request("/"));
  EXPECT_TRUE(client.read_all().ends_with("<p>the page"));
}

}  // namespace
}  // namespace gilscope::app
