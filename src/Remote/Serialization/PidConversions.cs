namespace Remote.Protocol;

/// <content>
/// Conversions between the PID of the actor core and the one of the wire, so that applications put PIDs into their own protobuf messages.
/// The address of a local PID stays empty here and is filled in when the message is sent.
/// </content>
public sealed partial class PID
{
    /// <summary>The PID as a field of a protobuf message; null stays null.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(pid))]
    public static implicit operator PID?(Actors.PID? pid) =>
        pid is null ? null : new PID { Address = pid.Address, Id = pid.Id, RequestId = pid.RequestId };

    /// <summary>The PID to send to; null stays null.</summary>
    /// <exception cref="ArgumentException">The PID has no id.</exception>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(pid))]
    public static implicit operator Actors.PID?(PID? pid) =>
        pid is null ? null : new Actors.PID(pid.Address, pid.Id, pid.RequestId);
}
