using System.Text;

namespace Remote.Cli;

/// <summary>
/// Frames on a terminal, on its second screen: what stood there before is there again afterwards, however the tool ends. Used by one thread at a time.
/// </summary>
internal sealed class TopScreen : IDisposable
{
    private const string Begin = "\u001b[?1049h\u001b[?25l", End = "\u001b[?25h\u001b[?1049l";
    private const string Home = "\u001b[H", RestOfLine = "\u001b[K", RestOfScreen = "\u001b[J", PlainText = "\u001b[0m";

    private readonly TextWriter _output;
    private readonly bool _hasColor;

    public TopScreen(TextWriter output, bool hasColor)
    {
        (_output, _hasColor) = (output, hasColor);
        _output.Write(Begin);
    }

    /// <summary>Over the frame before, in one write: erased first, it would flicker.</summary>
    public void Show(IReadOnlyList<TopLine> lines)
    {
        var frame = new StringBuilder(Home);
        for (var i = 0; i < lines.Count; i++)
        {
            var color = _hasColor ? ColorOf(lines[i].Style) : "";
            frame.Append(color).Append(lines[i].Text).Append(color.Length > 0 ? PlainText : "").Append(RestOfLine).Append(i < lines.Count - 1 ? "\r\n" : "");
        }

        _output.Write(frame.Append(RestOfScreen).ToString());
        _output.Flush();
    }

    public void Dispose()
    {
        _output.Write(End);
        _output.Flush();
    }

    private static string ColorOf(TopStyle style) => style switch
    {
        TopStyle.Head => "\u001b[1m",
        TopStyle.Selected => "\u001b[7m",
        TopStyle.Warning => "\u001b[33m",
        TopStyle.Bad => "\u001b[31m",
        TopStyle.Faint => "\u001b[2m",
        _ => "",
    };
}
