using System.CommandLine;

namespace Remote.Cli;

/// <summary>Runs one command: reads what all have in common, and turns every way in which it can end into output and an exit code.</summary>
internal sealed class CommandHost(ToolOutput output, Interruption interruption, TimeProvider time)
{
    public ConnectionOptions Options { get; } = new();

    /// <summary>Makes a command about the node at one address.</summary>
    public Command OfNode(Command command, Func<NodeSession, ParseResult, Task<int>> run)
    {
        var address = new Argument<string>("ADDRESS") { Description = "The node: host:port or unix:///path." };
        command.Arguments.Insert(0, address);
        command.SetAction((result, _) => RunAsync(result.GetRequiredValue(address), async () =>
        {
            using var session = new NodeSession(
                TargetAddress.Parse(result.GetRequiredValue(address)), Options.Read(result), output, time, interruption.Token);
            return await run(session, result);
        }));
        return command;
    }

    /// <summary>Makes a command about several nodes.</summary>
    public Command OfNodes(Command command, Func<IReadOnlyList<NodeSession>, ParseResult, Task<int>> run)
    {
        var addresses = new Argument<string[]>("ADDRESS") { Description = "The nodes: host:port or unix:///path.", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Insert(0, addresses);
        command.SetAction((result, _) => RunAsync(null, async () =>
        {
            var settings = Options.Read(result);
            List<NodeSession> sessions = [];
            try
            {
                foreach (var address in result.GetRequiredValue(addresses).Distinct())
                {
                    sessions.Add(new NodeSession(TargetAddress.Parse(address), settings, output, time, interruption.Token));
                }

                return await run(sessions, result);
            }
            finally
            {
                sessions.ForEach(static session => session.Dispose());
            }
        }));
        return command;
    }

    private async Task<int> RunAsync(string? address, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (FailureException exception)
        {
            output.Fail(exception.Failure, address);
            return exception.Failure.ExitCode;
        }
        catch (Exception exception) when (interruption.Token.IsCancellationRequested && exception is OperationCanceledException or Grpc.Core.RpcException)
        {
            return interruption.ExitCode;
        }
        catch (Exception exception) when (exception is not IOException)
        {
            output.Fail(Failure.Failed($"The tool failed: {SafeText.Of(exception.Message)}", "This is a fault of the tool: please report it."), address);
            output.Errors.WriteLine(exception.ToString());
            return ExitCode.Failed;
        }
    }
}
