using Microsoft.Extensions.Logging;

namespace Remote.Tests;

/// <summary>What somebody who made a mistake reads in the log.</summary>
internal static class LogExpectations
{
    /// <summary>Waits for a Warning with an event name and id that says all of this.</summary>
    public static async Task<LogLine> WarnsAsync(this TestLog log, string eventName, int id, params string[] says)
    {
        var line = await log.NextAsync(eventName);
        Assert.Equal((LogLevel.Warning, id), (line.Level, line.Event.Id));
        AssertSays(line.Text, says);
        return line;
    }

    /// <summary>How many lines have an event name.</summary>
    public static int Count(this TestLog log, string eventName) => log.Lines.Count(line => line.Event.Name == eventName);

    public static void AssertSays(string text, params string[] says) =>
        Assert.All(says, part => Assert.Contains(part, text, StringComparison.Ordinal));
}
