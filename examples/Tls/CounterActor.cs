using Google.Protobuf.WellKnownTypes;
using Proto;

namespace SecureNodes;

/// <summary>Gets numbers that rise by one, and notices each that is missing, doubled or late.</summary>
internal sealed class CounterActor : IActor
{
    public const string Id = "counter";

    private int _last;
    private string? _fault;

    public static string AllOf(int count) => $"{count} in order";

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Int32Value number:
                _fault ??= number.Value == _last + 1 ? null : $"{number.Value} came after {_last}";
                _last = number.Value;
                break;
            case Empty:
                context.Respond(new StringValue { Value = _fault ?? AllOf(_last) });
                break;
        }

        return Task.CompletedTask;
    }
}
