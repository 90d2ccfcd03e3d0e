using System.Collections.Immutable;

namespace Remote.Actors;

/// <summary>What root contexts and actor contexts share: the way of a message from a context to a process.</summary>
internal static class MessageSending
{
    /// <summary>The last step of a chain of sender middleware.</summary>
    private static readonly Sender Deliver = static (context, target, envelope) =>
    {
        context.ActorSystem.Processes.Get(target).SendUserMessage(target, in envelope);
        return Task.CompletedTask;
    };

    /// <summary>Null when there is no middleware, which is the fast way.</summary>
    public static Sender? Chain(ImmutableArray<Func<Sender, Sender>> middleware) =>
        middleware.IsDefaultOrEmpty ? null : Chain(middleware, Deliver);

    /// <summary>Sends through middleware and waits for room at its end.</summary>
    public static Task SendThroughAsync(
        ImmutableArray<Func<Sender, Sender>> middleware, ISenderContext context, PID target, in MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        var chain = Chain(middleware, (last, pid, message) =>
            last.ActorSystem.Processes.Get(pid).SendUserMessageAsync(pid, message, cancellationToken).AsTask());
        return chain(context, target, envelope);
    }

    /// <summary>Sends through middleware. A failure is thrown when it happens at once and logged when it happens later: nobody waits for it.</summary>
    public static void SendThrough(Sender chain, ISenderContext context, PID target, in MessageEnvelope envelope)
    {
        var task = chain(context, target, envelope);
        if (!task.IsCompletedSuccessfully)
        {
            _ = LogFailureAsync(task, context.ActorSystem, target, envelope.Message.GetType());
        }
    }

    public static Task<T> RequestAsync<T>(ISenderContext context, Sender? chain, PID target, object message, MessageHeaders? headers, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(message);
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var request = new PendingRequest<T> { Target = target, MessageType = message.GetType() };
        context.ActorSystem.Futures.Add(request, timeout, cancellationToken);
        var envelope = new MessageEnvelope(message, request.Pid, headers);
        if (chain is null)
        {
            context.ActorSystem.Processes.Get(target).SendUserMessage(target, in envelope);
        }
        else
        {
            SendThrough(chain, context, target, in envelope);
        }

        return request.Task;
    }

    /// <summary>A watch by a request, then what makes the actor stop: its Terminated completes the request. The same works across nodes.</summary>
    public static Task EndAsync(ActorSystem actorSystem, PID pid, bool afterQueued)
    {
        ArgumentNullException.ThrowIfNull(pid);
        var request = new PendingRequest<Terminated> { Target = pid };
        actorSystem.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);
        actorSystem.SendSystem(pid, new Watch(request.Pid));
        if (afterQueued)
        {
            actorSystem.Processes.Get(pid).SendUserMessage(pid, new MessageEnvelope(PoisonPill.Instance));
        }
        else
        {
            actorSystem.SendSystem(pid, Stop.Instance);
        }

        return request.Task;
    }

    private static Sender Chain(ImmutableArray<Func<Sender, Sender>> middleware, Sender last)
    {
        var chain = last;
        for (var i = middleware.Length - 1; i >= 0; i--)
        {
            chain = middleware[i](chain);
        }

        return chain;
    }

    private static async Task LogFailureAsync(Task task, ActorSystem actorSystem, PID target, Type messageType)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // User code; the sender has long gone on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ActorLog.SenderMiddlewareFailed(actorSystem.Logger, exception, messageType, target);
        }
    }
}
