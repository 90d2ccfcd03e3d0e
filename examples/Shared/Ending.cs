using System.CommandLine;
using Proto;
using Remote;

namespace Examples;

/// <summary>How a program ends: always with an exit code, and with one sentence where it is not 0.</summary>
internal static class Ending
{
    /// <summary>After Ctrl+C: longer than leaving in good order takes (10 s). Without it, a program is ended after 2 s in the middle of that.</summary>
    public static readonly InvocationConfiguration Patient = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };

    /// <summary>For a program that hears signals by itself.</summary>
    public static readonly InvocationConfiguration OwnSignals = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    /// <summary>Runs a program whose failures are its exceptions.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> OfAsync(TextWriter errors, Func<Task<int>> program)
    {
        try
        {
            return await program();
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            // One sentence for a person; whoever looks for a fault in the example starts it in a debugger.
            await errors.WriteLineAsync(exception is DeadLetterException ? $"a request was not delivered: {exception.Message}" : exception.Message);
            return CodeOf(exception);
        }
    }

    private static int CodeOf(Exception exception) => exception switch
    {
        ProcessLostException => ExitCode.ProcessLost,
        RemoteException { Error: RemoteError.InvalidConfiguration or RemoteError.InvalidAddress } => ExitCode.BadArguments,
        RemoteException { Error: RemoteError.Unreachable or RemoteError.EndpointClosed } => ExitCode.ProcessLost,
        _ => ExitCode.Wrong,
    };
}
