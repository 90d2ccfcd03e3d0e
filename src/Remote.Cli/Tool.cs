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
            var command = result.CommandResult.Command == root ? root.Name : $"{root.Name} {result.CommandResult.Command.Name}";
            output.Fail(Failure.Usage(what, $"{command} --help shows how it is written."), null);
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
        catch (IOException exception) when (IsBrokenPipe(exception))
        {
            // The reader of the output has gone (head, a pager): there is nobody left to tell.
            return ExitCode.BrokenPipe;
        }
        catch (IOException exception)
        {
            output.Note($"The output cannot be written: {SafeText.Of(exception.Message.TrimEnd('.'))}.");
            return ExitCode.Failed;
        }
    }

    // EPIPE as the platform hands it on, and Windows' ERROR_BROKEN_PIPE and ERROR_NO_DATA.
    private static bool IsBrokenPipe(IOException exception) => exception.HResult is 32 or unchecked((int)0x8007006D) or unchecked((int)0x800700E8);
}
