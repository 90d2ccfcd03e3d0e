using System.Collections.Immutable;

namespace Remote.Actors;

/// <summary>How to make an actor. Immutable: each <c>With</c> method returns a copy.</summary>
public sealed record Props
{
    private Props(Func<ActorSystem, IActor> producer) => Producer = producer;

    internal Func<ActorSystem, IActor> Producer { get; private init; }

    internal Func<IMailbox>? Mailbox { get; private init; }

    internal ImmutableArray<Func<IMailboxStatistics>> MailboxStatistics { get; private init; } = [];

    internal Dispatcher Dispatcher { get; private init; } = Dispatcher.ThreadPool;

    internal SupervisorStrategy? ChildStrategy { get; private init; }

    internal SupervisorStrategy? GuardianStrategy { get; private init; }

    internal ImmutableArray<Func<Receiver, Receiver>> ReceiverMiddleware { get; private init; } = [];

    internal ImmutableArray<Func<Sender, Sender>> SenderMiddleware { get; private init; } = [];

    /// <summary>Props for actors that a function makes; it is called again for each restart.</summary>
    /// <param name="producer">Makes a new instance. An exception at first spawn goes to the spawner, later to the supervisor.</param>
    public static Props FromProducer(Func<IActor> producer)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return new Props(_ => producer());
    }

    /// <summary>Props for actors that a function makes from the actor system.</summary>
    /// <param name="producer">Makes a new instance.</param>
    public static Props FromProducer(Func<ActorSystem, IActor> producer)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return new Props(producer);
    }

    /// <summary>Props for actors that are a function.</summary>
    /// <param name="receive">The function.</param>
    public static Props FromFunction(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        return new Props(_ => new FunctionActor(receive));
    }

    /// <summary>Sets the mailbox. Default: <see cref="Mailboxes.Unbounded"/>.</summary>
    /// <param name="mailbox">Makes a new mailbox for each actor.</param>
    public Props WithMailbox(Func<IMailbox> mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        return this with { Mailbox = mailbox };
    }

    /// <summary>Adds a hook that hears what happens in the mailbox.</summary>
    /// <param name="statistics">Makes a hook for each actor; it may return a shared one.</param>
    public Props WithMailboxStatistics(Func<IMailboxStatistics> statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return this with { MailboxStatistics = MailboxStatistics.Add(statistics) };
    }

    /// <summary>Sets where and how long the actor runs. Default: <see cref="Actors.Dispatcher.ThreadPool"/>.</summary>
    /// <param name="dispatcher">The dispatcher.</param>
    public Props WithDispatcher(Dispatcher dispatcher)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        return this with { Dispatcher = dispatcher };
    }

    /// <summary>Sets how the actor supervises its children. Default: <see cref="SupervisorStrategy.Default"/>.</summary>
    /// <param name="strategy">The strategy.</param>
    public Props WithChildSupervisorStrategy(SupervisorStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return this with { ChildStrategy = strategy };
    }

    /// <summary>Sets the guardian of the actor when it is spawned as a root actor: root actors with the same strategy share one.</summary>
    /// <param name="strategy">The strategy.</param>
    public Props WithGuardianSupervisorStrategy(SupervisorStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return this with { GuardianStrategy = strategy };
    }

    /// <summary>Adds steps around the delivery of messages to the actor; the first one added is the outermost.</summary>
    /// <param name="middleware">The steps.</param>
    public Props WithReceiverMiddleware(params Func<Receiver, Receiver>[] middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        return this with { ReceiverMiddleware = ReceiverMiddleware.AddRange(middleware) };
    }

    /// <summary>Adds steps around what the actor sends; the first one added is the outermost.</summary>
    /// <param name="middleware">The steps.</param>
    public Props WithSenderMiddleware(params Func<Sender, Sender>[] middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        return this with { SenderMiddleware = SenderMiddleware.AddRange(middleware) };
    }
}
