using System.Text;
using Proto;

namespace Remote;

/// <summary>The payload of a core message, which has up to three fields.</summary>
/// <param name="Pid">1: a PID.</param>
/// <param name="Wire">The PID as it is written.</param>
/// <param name="Why">2: why a process ended.</param>
/// <param name="Reason">100: why a message was not delivered.</param>
internal readonly record struct CorePayload(PID? Pid, WirePid Wire, uint Why = 0, string? Reason = null)
{
    // The tag of the reason has two bytes.
    internal int Size =>
        (Pid is null ? 0 : WireFormat.DelimitedSize(PidSize))
        + (Why == 0 ? 0 : 1 + WireFormat.VarintSize(Why))
        + (Reason is null ? 0 : 1 + WireFormat.DelimitedSize(Reason.Length));

    private int PidSize => Wire.MessageSize(Pid!.RequestId);

    /// <summary>Writes the payload and returns the position after it.</summary>
    internal int Write(Span<byte> destination, int position)
    {
        if (Pid is not null)
        {
            position = WireFormat.WriteField(destination, position, WireFormat.Actor.Pid, (uint)PidSize);
            position = Wire.WriteMessage(destination, position, Pid.RequestId);
        }

        if (Why != 0)
        {
            position = WireFormat.WriteField(destination, position, WireFormat.Actor.Why, Why);
        }

        if (Reason is not null)
        {
            position = WireFormat.WriteVarint(destination, position, WireFormat.Actor.Reason);
            position = WireFormat.WriteVarint(destination, position, (uint)Reason.Length);
            position += Encoding.ASCII.GetBytes(Reason, destination[position..]);
        }

        return position;
    }
}
