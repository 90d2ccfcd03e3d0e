using System.CommandLine;

namespace Remote.Cli;

/// <summary>The tool from the first argument to the exit code.</summary>
internal static class Tool
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, ToolOutput output, Interruption interruption)
    {
        var host = new CommandHost(output, interruption, TimeProvider.System);
        var root = CommandLine.Root(host);
        var result = root.Parse(arguments);
        output.IsJson = result.GetValue(host.Options.Json);
        if (result.Errors.Count > 0)
        {
            var what = string.Join(' ', result.Errors.Select(static error => error.Message.TrimEnd('.') + "."));
            output.Fail(Failure.Usage(what, $"remote {result.CommandResult.Command.Name} --help shows how it is written.".Replace("remote remote", "remote", StringComparison.Ordinal)), null);
            return ExitCode.Usage;
        }

        try
        {
            return await result.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = output.Out,
                    Error = output.Errors,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                interruption.Token);
        }
        catch (IOException)
        {
            // The reader of the output has gone (head, a pager): there is nobody left to tell.
            return ExitCode.BrokenPipe;
        }
    }
}
