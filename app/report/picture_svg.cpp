#include "app/report/picture_svg.h"

#include <set>

#include <fmt/format.h>

#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

// Two decimals are a hundredth of a pixel; what is whole is written so.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text, false)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string hex(Colour colour) { return fmt::format("{:06x}", colour); }

const char* anchor(Align align) {
  switch (align) {
    case Align::kLeft:
      return "start";
    case Align::kMiddle:
      return "middle";
    case Align::kRight:
      break;
  }
  return "end";
}

}  // namespace

void write_svg(const Scene& scene, const std::string& title, std::ostream& out) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      << fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
             "{1}\">\n",
             kPageWidth, kPageHeight)
      << "<title>" << escaped(title) << "</title>\n";
  std::set<Colour> hatched;
  for (const Box& box : scene.boxes) {
    if (box.fill == Fill::kHatched) hatched.insert(box.colour);
  }
  if (!hatched.empty()) out << "<defs>\n";
  for (const Colour colour : hatched) {
    out << fmt::format(
        "<pattern id=\"hatched-{0}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
        "<path d=\"M-2 2L2-2M-2 10L10-2M6 10L10 6\" stroke=\"#{0}\" stroke-width=\"3.2\"/></pattern>\n",
        hex(colour));
  }
  if (!hatched.empty()) out << "</defs>\n";
  out << fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"#{}\"/>\n", kPageWidth, kPageHeight,
                     hex(colours::kPaper));
  // Neighbours of one look are one path.
  for (std::size_t i = 0; i < scene.boxes.size();) {
    const Box& first = scene.boxes[i];
    const std::string colour = hex(first.colour);
    out << (first.fill == Fill::kHatched ? fmt::format("<path fill=\"url(#hatched-{})\" d=\"", colour)
                                         : fmt::format("<path fill=\"#{}\" d=\"", colour));
    for (;
         i < scene.boxes.size() && scene.boxes[i].colour == first.colour && scene.boxes[i].fill == first.fill;
         ++i) {
      const Box& box = scene.boxes[i];
      out << 'M' << number(box.x) << ' ' << number(box.y) << 'h' << number(box.width) << 'v'
          << number(box.height) << 'h' << number(-box.width) << 'z';
    }
    out << "\"/>\n";
  }
  out << "<g font-family=\"DejaVu Sans, Verdana, sans-serif\">\n";
  for (const Label& label : scene.labels) {
    out << fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\"{} fill=\"#{}\" text-anchor=\"{}\">",
                       number(label.x), number(label.y), number(label.font.size),
                       label.font.bold ? " font-weight=\"bold\"" : "", hex(label.colour), anchor(label.align))
        << escaped(label.text) << "</text>\n";
  }
  out << "</g>\n</svg>\n";
}

}  // namespace gilscope::app
