using System.CommandLine;
using Remote;

namespace Backpressure;

/// <summary>The command line: what each option means, and what is refused.</summary>
internal sealed class CommandLine
{
    /// <summary>The hidden argument that makes a process the consumer.</summary>
    public const string ConsumerCommand = "consumer";

    private static readonly Dictionary<string, OverflowPolicy> Policies = new(StringComparer.Ordinal)
    {
        ["newest"] = OverflowPolicy.DropNewest,
        ["oldest"] = OverflowPolicy.DropOldest,
        ["shed"] = OverflowPolicy.ShedAtCritical,
    };

    // After Ctrl+C: longer than ending the consumer takes (5 s) and leaving it in good order (10 s).
    private static readonly InvocationConfiguration Invocation = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };

    // A consumer is ended by its producer, Ctrl+C or not.
    private static readonly InvocationConfiguration OwnSignals = new() { ProcessTerminationTimeout = null };

    private readonly Option<bool> _send = new("--send") { Description = "Send without waiting: what finds no room is a dead letter. The default." };
    private readonly Option<bool> _sendAsync = new("--send-async") { Description = "Wait for room: nothing is lost, the producers slow down." };

    private readonly Option<string> _policy = new("--policy")
    {
        Description = "Which message is lost when the lane is full: the newest, the oldest, or the new ones from the critical level on (shed).",
        DefaultValueFactory = _ => "newest",
        HelpName = "newest|oldest|shed",
    };

    private readonly Option<int> _capacity = Number("--capacity", 1000, "How many messages may wait for the consumer, 20 to 1,000,000.");
    private readonly Option<int> _rate = Number("--rate", 1500, "How many messages a second the producer offers, 1 to 1,000,000.");
    private readonly Option<int> _take = Number("--take", 500, "How many messages a second the consumer takes, 1 to 1,000,000.");
    private readonly Option<int> _size = Number("--size", 64 * 1024, "How many bytes of payload a message has, 0 to 1,048,576.");
    private readonly Option<int> _seconds = Number("--seconds", 6, "How long the producer goes on before the lane empties, 1 to 3,600.");
    private readonly Option<bool> _check = new("--check") { Description = "Prove in a few seconds, with exact numbers, that it works on this machine." };

    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("A producer that is faster than its consumer, and what Remote does and reports about it.");

    /// <param name="errors">Where it is said what is wrong.</param>
    /// <param name="run">Runs a flood; returns the exit code.</param>
    /// <param name="check">Runs the self-check.</param>
    /// <param name="consume">Is the consumer until the producer has gone.</param>
    public CommandLine(
        TextWriter errors,
        Func<RunOptions, CancellationToken, Task<int>> run,
        Func<CancellationToken, Task<int>> check,
        Func<CancellationToken, Task<int>> consume)
    {
        _errors = errors;
        foreach (var option in new Option[] { _send, _sendAsync, _policy, _capacity, _rate, _take, _size, _seconds, _check })
        {
            _root.Add(option);
        }

        _root.SetAction((result, cancellation) => GuardedAsync(
            () => result.GetValue(_check) ? check(cancellation) : FloodAsync(result, run, cancellation)));

        var consumer = new Command(ConsumerCommand, "Be the consumer: started by a producer, ends with it.") { Hidden = true };
        consumer.SetAction((_, cancellation) => GuardedAsync(() => consume(cancellation)));
        _root.Add(consumer);
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        var isConsumer = result.CommandResult.Command != _root;
        return result.Errors.Count == 0 ? await result.InvokeAsync(isConsumer ? OwnSignals : Invocation) : Refuse(result.Errors.Select(error => error.Message));
    }

    private async Task<int> GuardedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            await _errors.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (ConsumerException exception)
        {
            await _errors.WriteLineAsync(exception.Message);
            return exception.Code;
        }
        catch (Exception exception)
        {
            await _errors.WriteLineAsync(exception.Message);
            return ExitCode.Wrong;
        }
    }

    private async Task<int> FloodAsync(ParseResult result, Func<RunOptions, CancellationToken, Task<int>> run, CancellationToken cancellation)
    {
        string?[] faults =
        [
            result.GetValue(_send) && result.GetValue(_sendAsync) ? "--send and --send-async exclude each other." : null,
            Policies.ContainsKey(result.GetRequiredValue(_policy)) ? null : $"--policy must be newest, oldest or shed, not {result.GetValue(_policy)}.",
            OutOfRange(result, _capacity, 20, 1_000_000),
            OutOfRange(result, _rate, 1, 1_000_000),
            OutOfRange(result, _take, 1, 1_000_000),
            OutOfRange(result, _size, 0, 1024 * 1024),
            OutOfRange(result, _seconds, 1, 3600),
        ];
        if (faults.OfType<string>().ToList() is { Count: > 0 } wrong)
        {
            return Refuse(wrong);
        }

        return await run(
            new RunOptions(
                result.GetValue(_sendAsync),
                Policies[result.GetRequiredValue(_policy)],
                result.GetValue(_capacity),
                result.GetValue(_rate),
                result.GetValue(_take),
                result.GetValue(_size),
                TimeSpan.FromSeconds(result.GetValue(_seconds))),
            cancellation);
    }

    private int Refuse(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            _errors.WriteLine(fault);
        }

        _errors.WriteLine("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private static string? OutOfRange(ParseResult result, Option<int> option, int min, int max) =>
        result.GetValue(option) is var value && value >= min && value <= max ? null : $"{option.Name} must be {min} to {max}, not {value}.";

    private static Option<int> Number(string name, int standard, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard, HelpName = "N" };
}
