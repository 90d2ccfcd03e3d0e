namespace Remote.EndToEnd.Tests;

/// <summary>The programs of <c>tests/Twins</c>, each of which has two builds.</summary>
internal static class TwinProgram
{
    public const string OnRemote = "OnRemote", OnProtoRemote = "OnProtoRemote";

    // tests/<these tests>/bin/<configuration>/<framework>
    private static readonly DirectoryInfo Output = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>Where the sources of a program are.</summary>
    public static string FolderOf(string program) => Path.Combine(Output.Parent!.Parent!.Parent!.Parent!.FullName, "Twins", program);

    /// <summary>Starts one build of a program.</summary>
    public static NodeProcess Start(string program, string build, params string[] arguments)
    {
        var (framework, configuration) = (Output.Name, Output.Parent!.Name);
        var assembly = Path.Combine(FolderOf(program), build, "bin", configuration, framework, $"{program}.{build}.dll");
        return NodeProcess.StartAt(assembly, arguments);
    }
}
