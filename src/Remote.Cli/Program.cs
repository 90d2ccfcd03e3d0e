namespace Remote.Cli;

/// <summary>The entry point. A class of its own: top-level statements would be a public one beside ASP.NET Core.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var interruption = Interruption.Listen();
        using var output = ToolOutput.OfProcess();
        return await Tool.RunAsync(arguments, output, interruption);
    }
}
