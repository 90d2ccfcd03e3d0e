using System.Globalization;

namespace Remote.Cli;

/// <summary>Figures as people read them.</summary>
internal static class Numbers
{
    private static readonly string[] Sizes = ["B", "KiB", "MiB", "GiB", "TiB"];

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>In a narrow column: 12,345 and 1.2M.</summary>
    public static string Short(double number) =>
        number < 0 ? "-"
        : number < 10 && number > 0 && Math.Abs(number - Math.Round(number)) > 0.05 ? number.ToString("0.0", CultureInfo.InvariantCulture)
        : number < 99_999.5 ? number.ToString("N0", CultureInfo.InvariantCulture)
        : number < 999_950 ? string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:0}k")
        : number < 999_950_000 ? string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.0}M")
        : string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:0.0}G");

    public static string Bytes(long bytes)
    {
        var size = (double)bytes;
        var unit = 0;
        for (; size >= 1024 && unit < Sizes.Length - 1; unit++)
        {
            size /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Sizes[unit]}");
    }

    public static string Milliseconds(double milliseconds) => milliseconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.000} ms"),
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.00} s"),
    };

    /// <summary>How long something lasts: the two largest units.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, span.TotalSeconds):0} s"),
        { TotalMinutes: < 60 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalHours: < 24 } => $"{span.Hours} h {span.Minutes} min",
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} d {span.Hours} h"),
    };
}
