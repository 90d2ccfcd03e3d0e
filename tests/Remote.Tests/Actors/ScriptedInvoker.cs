using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>Stands for an actor: records what it is given, and fails or waits where a test says so.</summary>
internal sealed class ScriptedInvoker : IMessageInvoker
{
    private readonly Lock _lock = new();
    private readonly List<object> _invoked = [];

    public CancellationTokenSource CancellationTokenSource { get; } = new();

    public Func<object, Task>? Script { get; init; }

    public List<(Exception Reason, object? Message)> Failures { get; } = [];

    public IReadOnlyList<object> Invoked
    {
        get
        {
            lock (_lock)
            {
                return [.. _invoked];
            }
        }
    }

    public Task InvokeSystemMessageAsync(SystemMessage msg) => Record(msg);

    public Task InvokeUserMessageAsync(object msg) => Record(msg);

    public void EscalateFailure(Exception reason, object? message) => Failures.Add((reason, message));

    private Task Record(object message)
    {
        lock (_lock)
        {
            _invoked.Add(message);
        }

        return Script?.Invoke(message) ?? Task.CompletedTask;
    }
}
