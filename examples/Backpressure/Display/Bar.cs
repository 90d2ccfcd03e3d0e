using Remote;

namespace Backpressure;

/// <summary>Bars made of block characters, as markup.</summary>
internal static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";
    private const string Heights = " ▁▂▃▄▅▆▇█";

    public static string Colour(BackpressureLevel level) => level switch
    {
        BackpressureLevel.Normal => "green",
        BackpressureLevel.Warning => "yellow",
        _ => "red",
    };

    /// <summary>A bar that is full at 1, to an eighth of a character.</summary>
    public static string Of(double share, int width, string colour)
    {
        var eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * width * 8);
        var full = new string('█', eighths / 8);
        var part = eighths % 8 == 0 ? "" : Eighths[eighths % 8].ToString();
        var rest = new string('░', width - full.Length - part.Length);
        return $"[{colour}]{full}{part}[/][grey35]{rest}[/]";
    }

    /// <summary>A character whose height says how full.</summary>
    public static string Column(double share, BackpressureLevel level)
    {
        // Nothing looks like nothing, and anything like something.
        var height = share <= 0 ? 0 : 1 + (int)(Math.Clamp(share, 0, 1) * (Heights.Length - 2));
        return $"[{Colour(level)}]{Heights[height]}[/]";
    }

    /// <summary>A line below a bar that points at shares of it.</summary>
    public static string Ruler(int width, params (double Share, string Label)[] marks)
    {
        var line = new char[width];
        Array.Fill(line, ' ');
        foreach (var (share, label) in marks)
        {
            var at = Math.Clamp((int)Math.Round(share * width) - 1, 0, width - 1);
            var text = "▲" + label;
            text.AsSpan(0, Math.Min(text.Length, width - at)).CopyTo(line.AsSpan(at));
        }

        return $"[grey]{new string(line)}[/]";
    }
}
