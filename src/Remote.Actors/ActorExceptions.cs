namespace Remote.Actors;

/// <summary>The base of all exceptions of the actor core.</summary>
public class ActorException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What caused it.</param>
    public ActorException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>A message could not be delivered to its target.</summary>
public sealed class DeadLetterException : ActorException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="target">Where the message should have gone.</param>
    /// <param name="reason">Why it could not.</param>
    public DeadLetterException(PID target, DeadLetterReason reason)
        : base($"The message could not be delivered to {target}: {reason}.")
    {
        Target = target;
        Reason = reason;
    }

    /// <summary>Where the message should have gone.</summary>
    public PID Target { get; }

    /// <summary>Why it could not be delivered.</summary>
    public DeadLetterReason Reason { get; }
}

/// <summary>A process with that name exists already.</summary>
public sealed class ProcessNameExistException : ActorException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="name">The name.</param>
    /// <param name="pid">The process that has it.</param>
    public ProcessNameExistException(string name, PID pid)
        : base($"A process named '{name}' exists already.")
    {
        Name = name;
        Pid = pid;
    }

    /// <summary>The name that is taken.</summary>
    public string Name { get; }

    /// <summary>The process that has it.</summary>
    public PID Pid { get; }
}

/// <summary>A request was answered with a message of another type than was asked for.</summary>
public sealed class UnexpectedResponseException : ActorException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="expected">The type that was asked for.</param>
    /// <param name="response">The answer.</param>
    /// <param name="target">Who was asked, if that is known.</param>
    public UnexpectedResponseException(Type expected, object response, PID? target = null)
        : base($"Expected an answer of type {expected}{(target is null ? "" : $" from {target}")} but got {response?.GetType()}.")
    {
        Response = response;
    }

    /// <summary>The answer that came.</summary>
    public object? Response { get; }
}
