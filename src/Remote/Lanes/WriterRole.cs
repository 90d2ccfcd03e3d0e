namespace Remote;

/// <summary>
/// Says whether an endpoint's lanes are being drained. The lanes' lock guards every step that takes the role or sends its holder back to
/// the lanes. The holder lets go of it without the lock, so that the sender of a lone message meets the lock once.
/// </summary>
internal sealed class WriterRole
{
    private const int Free = 0;
    private const int Held = 1;

    // Something has come since the holder looked at the lanes last.
    private const int HeldMore = 2;

    private int _state;

    public bool IsFree => Volatile.Read(ref _state) == Free;

    /// <summary>Takes the role if it is free. Under the lock.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Held, Free) == Free;

    /// <summary>Takes the role if it is free (<see langword="true"/>), or sends its holder back to the lanes. Under the lock.</summary>
    public bool TakeOrSignal() => !TrySignal() && TryTake();

    /// <summary>Sends the holder back to the lanes; <see langword="false"/> when there is none. Under the lock.</summary>
    public bool TrySignal() => Interlocked.CompareExchange(ref _state, HeldMore, Held) != Free;

    /// <summary>The holder looks at the lanes: it finds all that has come until now. Under the lock.</summary>
    public void Look() => Volatile.Write(ref _state, Held);

    /// <summary>The holder lets go, unless it has been sent back to the lanes. Without the lock.</summary>
    public bool TryRelease() => Interlocked.CompareExchange(ref _state, Free, Held) == Held;

    /// <summary>The holder found nothing to write and lets go. Under the lock.</summary>
    public void Release() => Volatile.Write(ref _state, Free);
}
