namespace WordCount;

/// <summary>One run, as asked for on the command line and checked.</summary>
/// <param name="Path">The folder to count.</param>
/// <param name="Workers">How many worker processes to start.</param>
/// <param name="Top">How many words the table shows.</param>
/// <param name="Verify">Count once more in-process and compare.</param>
/// <param name="JsonFile">Where to write the report, or null.</param>
internal sealed record RunOptions(string Path, int Workers, int Top, bool Verify, string? JsonFile);
