using System.CommandLine;

namespace OrderCluster;

/// <summary>The command line: how many orders, of how many customers.</summary>
internal sealed class CommandLine
{
    /// <summary>The hidden command of a member's process.</summary>
    public const string MemberCommand = "member";

    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(5);

    // After Ctrl+C: longer than the members take to leave, each at most 20 s.
    private static readonly InvocationConfiguration Patient = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(60) };

    // A member is ended by the desk, Ctrl+C or not.
    private static readonly InvocationConfiguration OwnSignals = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    private readonly Option<int> _orders = Number("--orders", "Orders that arrive, 3 to 1,000,000.", 50_000, 3, 1_000_000);
    private readonly Option<int> _customers = Number("--customers", "Customers who order, 1 to 10,000.", 200, 1, 10_000);
    private readonly Option<bool> _check = new("--check") { Description = "20,000 orders of 60 customers, and a word at the end." };
    private readonly Argument<string> _plan = new("plan");

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("Orders of customers who live as virtual actors on three processes, one of which is killed.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_orders);
        _root.Add(_customers);
        _root.Add(_check);
        _root.SetAction(RunAsync);
        var member = new Command(MemberCommand) { Hidden = true };
        member.Add(_plan);
        member.SetAction((result, _) => GuardedAsync(() => MemberProgram.RunAsync(MemberPlan.FromJson(result.GetValue(_plan)!))));
        _root.Add(member);
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            return await result.InvokeAsync(result.CommandResult.Command == _root ? Patient : OwnSignals);
        }

        foreach (var error in result.Errors)
        {
            await _errors.WriteLineAsync(error.Message);
        }

        await _errors.WriteLineAsync("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private Task<int> RunAsync(ParseResult result, CancellationToken cancellation) => GuardedAsync(() => OrderAsync(result, cancellation));

    /// <summary>One sentence for a person, whatever goes wrong.</summary>
    private async Task<int> GuardedAsync(Func<Task<int>> program)
    {
        try
        {
            return await program();
        }
        catch (OperationCanceledException)
        {
            await _errors.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            await _errors.WriteLineAsync(exception.Message);
            return exception is OrderDeskException desk ? desk.Code : ExitCode.Wrong;
        }
    }

    private async Task<int> OrderAsync(ParseResult result, CancellationToken cancellation)
    {
        var check = result.GetValue(_check);
        var (orders, customers) = check ? (20_000, 60) : (result.GetValue(_orders), result.GetValue(_customers));
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Ceiling);
        try
        {
            var isGood = await new OrderDesk(orders, customers, _output).RunAsync(late.Token);
            await _output.WriteLineAsync(!isGood ? "self-check failed" : check ? "self-check passed" : "done");
            return isGood ? ExitCode.Good : ExitCode.Wrong;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new OrderDeskException($"The orders were not all booked within {Ceiling.TotalMinutes:F0} minutes.");
        }
    }

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number < least || number > most))
            {
                result.AddError($"{name} must be {least} to {most}.");
            }
        });
        return option;
    }
}
