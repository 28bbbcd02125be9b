// The history that live pages read: order, what is replaced, what is left out, and a writer that never waits.
#include "app/live_web/event_stream.h"

#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gilscope::app {
namespace {

constexpr std::size_t kPlenty = 1 << 20;

std::vector<std::string> read_from(const EventStream& events, std::uint64_t id) {
  std::vector<std::string> texts;
  while (const SharedEvent event = events.after(id)) {
    texts.push_back(event->text);
    EXPECT_GT(event->id, id);
    id = event->id;
  }
  return texts;
}

TEST(EventStream, GivesAllInOrderAndFromAnyPoint) {
  EventStream events(kPlenty);
  EXPECT_EQ(events.after(0), nullptr);
  events.publish("names", EventLife::kKept, "[1]");
  events.publish("records", EventLife::kRecords, "AAAA", {3, 50});
  EXPECT_EQ(read_from(events, 0), (std::vector<std::string>{"id: 1\nevent: names\ndata: [1]\n\n",
                                                            "id: 2\nevent: records\ndata: AAAA\n\n"}));
  EXPECT_EQ(read_from(events, 1), std::vector<std::string>{"id: 2\nevent: records\ndata: AAAA\n\n"});
  EXPECT_TRUE(read_from(events, 2).empty());
  EXPECT_TRUE(read_from(events, 77).empty());
}

TEST(EventStream, KeepsTheLatestStateOnly) {
  EventStream events(kPlenty);
  for (int i = 1; i <= 3; ++i) {
    events.publish("numbers", EventLife::kLatest, fmt::format("{}", i));
    events.publish("moment", EventLife::kLatest, fmt::format("{}", 10 * i));
  }
  EXPECT_EQ(read_from(events, 0), (std::vector<std::string>{"id: 5\nevent: numbers\ndata: 3\n\n",
                                                            "id: 6\nevent: moment\ndata: 30\n\n"}));
}

TEST(EventStream, SaysWhatIsLeftOut) {
  EventStream events(100);
  events.publish("names", EventLife::kKept, "a");
  for (unsigned i = 1; i <= 10; ++i)
    events.publish("records", EventLife::kRecords, "0123456789", {i, 100 * i});
  events.publish("names", EventLife::kKept, "b");
  EXPECT_LE(events.record_bytes(), 100u);
  const std::vector<std::string> texts = read_from(events, 0);
  // Two records of 42 bytes fit; 1 + 2 + ... + 8 turns do not.
  EXPECT_EQ(texts, (std::vector<std::string>{
                       "id: 1\nevent: names\ndata: a\n\n",
                       "id: 9\nevent: left_out\ndata: {\"turns\":36,\"until_ns\":800}\n\n",
                       "id: 10\nevent: records\ndata: 0123456789\n\n",
                       "id: 11\nevent: records\ndata: 0123456789\n\n",
                       "id: 12\nevent: names\ndata: b\n\n",
                   }));
  // Who was further on than that misses nothing, and who was not is told.
  EXPECT_EQ(read_from(events, 9).size(), 3u);
  EXPECT_EQ(read_from(events, 8).front().find("left_out"), std::string("id: 9\nevent: ").size());
}

TEST(EventStream, OneThatIsTooLargeByItselfIsLeftOut) {
  EventStream events(10);
  events.publish("records", EventLife::kRecords, std::string(1000, 'x'), {5, 7});
  EXPECT_EQ(events.record_bytes(), 0u);
  EXPECT_EQ(read_from(events, 0),
            std::vector<std::string>{"id: 1\nevent: left_out\ndata: {\"turns\":5,\"until_ns\":7}\n\n"});
}

// Readers at different paces all see every kept event, in order, whatever the writer does meanwhile.
TEST(EventStream, ReadersOfManyThreads) {
  constexpr int kEvents = 20'000;
  constexpr int kReaders = 3;
  EventStream events(64 * kPlenty);
  std::latch together(kReaders + 1);
  std::vector<std::thread> readers;
  std::vector<std::uint64_t> turns(kReaders, 0);
  for (int reader = 0; reader < kReaders; ++reader) {
    readers.emplace_back([&, reader] {
      together.arrive_and_wait();
      std::uint64_t id = 0;
      for (bool ended = false; !ended;) {
        const SharedEvent event = events.after(id);
        if (event == nullptr) {
          std::this_thread::yield();
          continue;
        }
        ASSERT_GT(event->id, id);
        id = event->id;
        turns[static_cast<std::size_t>(reader)] += event->turns;
        ended = event->type == "end";
      }
    });
  }
  together.arrive_and_wait();
  for (int i = 0; i < kEvents; ++i) {
    events.publish("records", EventLife::kRecords, "x", {1, 1});
    events.publish("moment", EventLife::kLatest, "y");
  }
  events.publish("end", EventLife::kLatest, "z");
  events.flush();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(turns, std::vector<std::uint64_t>(kReaders, kEvents));
}

}  // namespace
}  // namespace gilscope::app
