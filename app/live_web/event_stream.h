// What the live page is sent, in order: one bounded history that every browser reads at its own pace. An
// event is encoded once and shared. Not for sockets: web_server.h. Thread rule: publish and flush by one
// thread at a time (who holds the collector's lock), which never waits in publish; the rest from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

/// What becomes of an event when a later one comes.
enum class EventLife : std::uint8_t {
  kKept,     ///< names and the like: who comes late gets it, too
  kRecords,  ///< likewise, until there are too many bytes of them: then the oldest go
  kLatest,   ///< a state: the next event of the same type replaces it
};

struct LiveEvent {
  std::uint64_t id = 0;  ///< from 1, rising
  EventLife life = EventLife::kKept;
  std::string type;
  std::string text;  ///< as it goes over the wire: server-sent events, section 9.2.6 of the HTML standard
  std::uint64_t turns = 0;     ///< of records: how many are in it
  std::uint64_t until_ns = 0;  ///< and the moment that they reach to
};
using SharedEvent = std::shared_ptr<const LiveEvent>;

class EventStream {
 public:
  /// At most `most_record_bytes` of records are kept for those who come late, or lag behind.
  explicit EventStream(std::size_t most_record_bytes) : most_record_bytes_(most_record_bytes) {}

  struct Records {
    std::uint64_t turns = 0;
    std::uint64_t until_ns = 0;
  };
  /// `data` is one line. Never waits: while another thread reads, the event is put aside until the next call.
  void publish(std::string_view type, EventLife life, std::string_view data, Records records);
  void publish(std::string_view type, EventLife life, std::string_view data) {
    publish(type, life, data, Records());
  }
  /// What was put aside is there, too. Waits for readers, who are quick.
  void flush();

  /// The first event after `id`; null: none yet. Where records between the two are no longer kept, an event
  /// "left_out" comes first, which says so and has the id of the last that is missing.
  SharedEvent after(std::uint64_t id) const;

  /// A descriptor (eventfd) that becomes readable when something was published.
  int wake_descriptor() const noexcept { return wake_.get(); }
  std::size_t record_bytes() const;

 private:
  class EventDescriptor {
   public:
    EventDescriptor();
    ~EventDescriptor();
    EventDescriptor(const EventDescriptor&) = delete;
    EventDescriptor& operator=(const EventDescriptor&) = delete;
    int get() const noexcept { return fd_; }

   private:
    int fd_;
  };

  void append_locked(SharedEvent event);
  void drop_oldest_records();
  void wake() noexcept;

  const std::size_t most_record_bytes_;
  EventDescriptor wake_;
  std::uint64_t next_id_ = 1;       // the writer's
  std::vector<SharedEvent> aside_;  // the writer's
  mutable std::mutex mutex_;        // the rest
  std::deque<SharedEvent> events_;  // by id
  std::size_t record_bytes_ = 0;
  SharedEvent left_out_;  // of the records that have gone
  std::uint64_t turns_left_out_ = 0;
};

}  // namespace gilscope::app
