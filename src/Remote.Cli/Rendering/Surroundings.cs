using System.Globalization;

namespace Remote.Cli;

/// <summary>Where the tool runs.</summary>
/// <param name="IsTerminal">Whether its output goes to a terminal.</param>
/// <param name="HasKeys">Whether somebody can press a key.</param>
/// <param name="HasColor">Whether colours are welcome.</param>
/// <param name="Width">How many characters a line has.</param>
internal sealed record Surroundings(bool IsTerminal, bool HasKeys, bool HasColor, int Width)
{
    /// <summary>Wide enough for every table: what reads files and pipes wants a row on one line.</summary>
    public const int Unlimited = 1_000;

    private const int Usual = 80;

    public static Surroundings OfProcess()
    {
        var isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("" or "dumb");

        // https://no-color.org: any value that is not empty.
        var hasColor = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new Surroundings(isTerminal, isTerminal && !Console.IsInputRedirected, hasColor, WidthOf(isTerminal));
    }

    private static int WidthOf(bool isTerminal) =>
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns >= 20 ? columns
        : !isTerminal ? Unlimited
        : Console.WindowWidth is > 0 and var width ? width
        : Usual;
}
