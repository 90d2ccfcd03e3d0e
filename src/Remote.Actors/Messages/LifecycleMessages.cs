namespace Remote.Actors;

/// <summary>The first message of an actor, also of each new instance after a restart.</summary>
public sealed class Started
{
    private Started()
    {
    }

    /// <summary>The only instance.</summary>
    public static Started Instance { get; } = new();
}

/// <summary>The actor is about to stop; its children still live.</summary>
public sealed class Stopping
{
    private Stopping()
    {
    }

    /// <summary>The only instance.</summary>
    public static Stopping Instance { get; } = new();
}

/// <summary>The actor has stopped, its children too; the last message it receives.</summary>
public sealed class Stopped
{
    private Stopped()
    {
    }

    /// <summary>The only instance.</summary>
    public static Stopped Instance { get; } = new();
}

/// <summary>This instance is about to be replaced by a new one; its children still live.</summary>
public sealed class Restarting
{
    private Restarting()
    {
    }

    /// <summary>The only instance.</summary>
    public static Restarting Instance { get; } = new();
}
