using System.Text.Json;

namespace Remote.LoadTest;

/// <summary>The one row of a scenario that passes or fails.</summary>
internal static class RowOutput
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly JsonSerializerOptions Indented = new(Options) { WriteIndented = true };

    public static async Task WriteAsync<T>(T row, TextWriter output, string? json)
    {
        await output.WriteLineAsync(JsonSerializer.Serialize(row, Options));
        if (json is not null)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new[] { row }, Indented) + "\n");
        }
    }

    /// <summary>Says what is wrong; the exit code.</summary>
    public static async Task<int> JudgeAsync(IEnumerable<string> faults, string what, TextWriter errors)
    {
        var code = 0;
        foreach (var fault in faults)
        {
            await errors.WriteLineAsync($"{what}: {fault}");
            code = 1;
        }

        return code;
    }
}
