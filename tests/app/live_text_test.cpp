// Frames, sentences, keys and control sequences of the moving views, as text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/live/bottom_screen.h"
#include "app/live/frame.h"
#include "app/live/happening.h"
#include "app/live/keys.h"
#include "app/live/moving_view.h"
#include "app/live/playback.h"
#include "app/report/text_layout.h"
#include "app/user_error.h"
#include "tests/app/live_fixture.h"

namespace gilscope::app {
namespace {

using probe::TurnEnd;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMs = 1'000'000;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Two threads that take turns of 5 ms for a second, seen at its end.
std::vector<std::string> countdown_frame(FrameOptions look, std::uint64_t seen_ms = 1'000) {
  HistoryFixture run;
  for (std::uint64_t ms = 0; ms < 1'000; ms += 5) {
    const std::uint64_t want = ms >= 5 ? ms - 5 : ms;
    run.turn(static_cast<std::uint32_t>(1 + ms / 5 % 2), want * kMs, ms * kMs, (ms + 5) * kMs,
             TurnEnd::kAsked, (ms + 5) * kMs - 10'000);
  }
  run.pass(1'000 * kMs, {{.thread = 1, .want = 995 * kMs, .take = 0}});
  ViewFacts facts;
  facts.threads = HistoryFixture::threads({"main", "worker-0", "worker-1"});
  facts.places = {{}, {.file = "countdown.py", .function = "count_down", .line = 4, .caller = 0}};
  facts.switch_interval_s = 0.005;
  MovingView view(look, Playback(1, seen_ms < 1'000 ? 1e4 : 1));
  view.playback().jump_to(seen_ms * kMs);
  if (seen_ms < 1'000) facts.whole_ns = 1'000 * kMs;
  view.offer_keys({"space pause", "q quit"});
  view.resize(look.width, look.height);
  return view.frame(run.history, facts);
}

TEST(Frame, FitsEightyByTwentyFour) {
  EXPECT_EQ(joined(countdown_frame({.width = 80, .height = 18})), R"(GIL held 100 %, contended 100 %; now nobody holds it                        live
199 hand-overs/s, switch interval 5.00 ms                                  1.0 s
thread         now   the last 1.00 s, 50.0 ms a column                hold  wait
main           out                             ·····················   0 %   0 %

worker-0       waits                           █▒█▒█▒█▒█▒█▒█▒█▒█▒█▒▒  50 %  50 %
                     countdown.py:4 count_down
worker-1       out                             ▒█▒█▒█▒█▒█▒█▒█▒█▒█▒█·  50 %  50 %
                     countdown.py:4 count_down
space pause   q quit
)");
}

TEST(Frame, StaysWithinItsSize) {
  for (const std::size_t width : {1u, 5u, 20u, 40u, 60u, 80u, 99u, 129u, 130u, 200u, 400u}) {
    for (const std::size_t height : {1u, 3u, 5u, 8u, 40u}) {
      for (const bool ascii : {false, true}) {
        const auto lines = countdown_frame({.width = width, .height = height, .ascii = ascii});
        EXPECT_LE(lines.size(), height);
        for (const std::string& line : lines) EXPECT_LE(columns_of(line), width) << line;
      }
    }
  }
}

TEST(Frame, SaysInColourWhatItSaysWithout) {
  const std::string plain = joined(countdown_frame({.width = 80, .height = 18}));
  std::string coloured = joined(countdown_frame({.width = 80, .height = 18, .colour = true}));
  EXPECT_THAT(coloured, HasSubstr("\x1b[94m"));
  for (std::size_t at; (at = coloured.find('\x1b')) != coloured.npos;) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, plain);
}

TEST(Frame, IsAsciiWhereTheLocaleIs) {
  const std::string text = joined(countdown_frame({.width = 80, .height = 18, .ascii = true}));
  EXPECT_THAT(text, Each(testing::Lt('\x7f')));
  EXPECT_THAT(text, AllOf(HasSubstr("#"), HasSubstr("=")));
}

TEST(Frame, SaysWhatThereIsNoRoomFor) {
  Picture picture;
  picture.more = {.threads = 476, .waiting = 470, .ended = 2, .hold_share = 0.382};
  const std::string text = joined(frame_lines(picture, {}, {.width = 80, .height = 10}));
  EXPECT_THAT(
      text, HasSubstr("and 476 more: held the GIL for 38.2 % of the time; now 470 wait, 2 have ended"));
}

TEST(Frame, NamesCannotMoveTheCursor) {
  Picture picture;
  picture.lanes.push_back({.name = "\x1b[2Jevil\n\r\x07", .cells = {LaneCell::kHold}});
  picture.gils.push_back({.holder = "\x1b[2Jevil"});
  EXPECT_THAT(joined(frame_lines(picture, {}, {.width = 80, .height = 10})), Not(HasSubstr("\x1b")));
}

struct Story {
  HistoryFixture run;
  std::vector<ThreadFacts> threads = HistoryFixture::threads({"main", "worker-1", "worker-2"});
  std::vector<probe::Place> places = {{}, {.file = "countdown.py", .function = "", .line = 4, .caller = 0}};
  Telling telling{.threads = threads, .places = places, .scale = {1.0}, .begin = 0, .ascii = false};
  std::string tell(std::uint64_t turn) const { return sentence(run.history, turn, telling); }
};

TEST(Happening, SaysWhoAskedAndWhoObeyed) {
  Story story;
  story.run.turn(0, 0, 0, 5'020'000, TurnEnd::kAsked, 5'000'000);
  story.run.turn(1, 100, 5'030'000, 6'000'000, TurnEnd::kGave);
  story.run.turn(0, 5'500'000, 6'010'000, 30'000'000, TurnEnd::kAsked, 12'000'000);
  story.run.turn(1, 6'500'000, 30'010'000, 31'000'000, TurnEnd::kGave, 30'500'000);
  story.run.turn(0, 30'000'000, 31'010'000, 31'020'000);
  story.run.pass(40'000'000);
  EXPECT_EQ(story.tell(0), "main took the GIL for the first time at 0.000 ms, without a wait");
  EXPECT_EQ(story.tell(1), "worker-1 asked at 5.000 ms; main obeyed 20.0 us later, at countdown.py:4");
  EXPECT_EQ(
      story.tell(2),
      "worker-1 gave the GIL at 6.000 ms, at countdown.py:4; main had waited for 500 us and took it 10.0 us "
      "later");
  EXPECT_EQ(story.tell(3), "worker-1 asked at 12.000 ms; main obeyed only 18.0 ms later, at countdown.py:4");
  EXPECT_EQ(story.tell(4),
            "main asked at 30.500 ms; worker-1 gave the GIL by itself 500 us later, at countdown.py:4");
}

TEST(Happening, DoesNotSayWhoAskedWhereSeveralMayHave) {
  Story story;
  story.run.turn(0, 0, 0, 5'020'000, TurnEnd::kAsked, 5'000'000);
  story.run.turn(2, 50, 5'030'000, 6'000'000);
  story.run.turn(1, 40, 6'030'000, 7'000'000);
  story.run.pass(40'000'000);
  EXPECT_EQ(story.tell(1),
            "one of 2 threads that waited asked at 5.000 ms; main obeyed 20.0 us later, at countdown.py:4; "
            "worker-2 took it 10.0 us later");
}

TEST(Happening, TellsFirstTakesAndEnds) {
  Story story;
  story.run.turn(0, 0, 0, 100);
  story.run.turn(1, 200, 200, 300);
  story.run.turn(1, 400, 400, 500);
  story.run.turn(0, 600, 600, 700);
  story.run.pass(1'000);
  EXPECT_TRUE(is_telling(story.run.history, 1));
  EXPECT_FALSE(is_telling(story.run.history, 2));
  EXPECT_FALSE(is_telling(story.run.history, 3));
  story.threads[1].end = 12'000'000;
  EXPECT_EQ(end_sentence(story.threads[1], story.telling), "worker-1 ended at 12.000 ms");
}

TEST(Keys, MayComeInPieces) {
  KeyReader reader;
  EXPECT_THAT(reader.read(" ,.x"), ElementsAre(Key::kPause, Key::kSlower, Key::kFaster));
  EXPECT_THAT(reader.read("\x1b"), ElementsAre());
  EXPECT_THAT(reader.read("[D\x1b[1;5Cq"), ElementsAre(Key::kLeft, Key::kQuit));
  EXPECT_THAT(reader.read("\x1bOH\x1b[4~\r"), ElementsAre(Key::kBegin, Key::kEnd, Key::kNext));
}

TEST(Playback, ReadsSpeeds) {
  EXPECT_EQ(parse_speed("1/1000", "--speed"), 0.001);
  EXPECT_EQ(parse_speed("0.25", "--speed"), 0.25);
  EXPECT_EQ(parse_speed("x10", "--speed"), 10);
  EXPECT_EQ(parse_speed("10x", "--speed"), 10);
  for (const char* wrong :
       {"", "x", "0", "1/0", "fast", "1/2/3", "-1", "1e3", "1/", "/2", ".", "nan", "1000000", "1/99999999"}) {
    EXPECT_THROW(parse_speed(wrong, "--speed"), UserError) << wrong;
  }
}

TEST(Playback, StepsThroughReadableSpeeds) {
  Playback playback(1, 1);
  std::string speeds;
  for (int i = 0; i < 7; ++i) {
    playback.slower();
    speeds += speed_text(playback.speed()) + " ";
  }
  EXPECT_EQ(speeds, "1/2 1/5 1/10 1/20 1/50 1/100 1/200 ");
  for (int i = 0; i < 9; ++i) playback.faster();
  EXPECT_EQ(playback.speed(), 1);
  EXPECT_TRUE(playback.follows());
}

TEST(BottomScreen, KeepsBackWhatAFrameMustNotComeInBetween) {
  BottomScreen screen;
  EXPECT_EQ(screen.text("caf\xc3"), "caf");
  EXPECT_EQ(screen.text("\xa9 \x1b[3"), "\xc3\xa9 ");
  EXPECT_EQ(screen.text("1mred"), "\x1b[31mred");
  EXPECT_EQ(screen.text("\xff\xfe\x80 junk \x1b"), "\xff\xfe\x80 junk ");
  EXPECT_THAT(screen.finish({"last"}), AllOf(HasSubstr("\x1b"), HasSubstr("last\n")));
}

TEST(BottomScreen, GivesTheTerminalBack) {
  BottomScreen screen;
  EXPECT_THAT(screen.frame({"one", "two"}, 24, 80),
              AllOf(HasSubstr("\x1b[1;22r"), HasSubstr("\x1b[23;1Hone"), HasSubstr("\x1b[24;1Htwo"),
                    HasSubstr("\x1b[?25l")));
  const std::string end = screen.finish({"one"});
  EXPECT_THAT(end, AllOf(HasSubstr("\x1b[r"), HasSubstr("\x1b[?25h"), HasSubstr("\rone\n")));
  EXPECT_EQ(screen.frame({"one"}, 1, 80), "");
}

}  // namespace
}  // namespace gilscope::app
