namespace Remote.Actors;

/// <summary>A stack of behaviours for actors that act differently at different times. An actor owns one and passes its messages to <see cref="ReceiveAsync"/>.</summary>
/// <remarks>Not thread-safe: for use by its actor only. A restart makes a new actor, and so a new stack.</remarks>
public sealed class Behavior
{
    private readonly Stack<Receive> _behaviors = new();

    /// <summary>Creates a stack without behaviour: messages are ignored until there is one.</summary>
    public Behavior()
    {
    }

    /// <summary>Creates a stack with a first behaviour.</summary>
    /// <param name="receive">The behaviour.</param>
    public Behavior(Receive receive) => Become(receive);

    /// <summary>Replaces the whole stack by one behaviour, from the next message on.</summary>
    /// <param name="receive">The behaviour.</param>
    public void Become(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviors.Clear();
        _behaviors.Push(receive);
    }

    /// <summary>Puts a behaviour on top; <see cref="UnbecomeStacked"/> returns to the present one.</summary>
    /// <param name="receive">The behaviour.</param>
    public void BecomeStacked(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviors.Push(receive);
    }

    /// <summary>Takes the topmost behaviour away.</summary>
    /// <exception cref="InvalidOperationException">It is the last one.</exception>
    public void UnbecomeStacked()
    {
        if (_behaviors.Count < 2)
        {
            throw new InvalidOperationException("There is no behaviour to return to.");
        }

        _behaviors.Pop();
    }

    /// <summary>Lets the topmost behaviour handle the current message.</summary>
    /// <param name="context">The actor's context.</param>
    public Task ReceiveAsync(IContext context) =>
        _behaviors.TryPeek(out var receive) ? receive(context) : Task.CompletedTask;
}
