using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The block list by way of the administration service: reads what is asked for, and says what is wrong with it.</summary>
internal static class BlockCommands
{
    /// <summary>Entries in one answer.</summary>
    public const int MaxEntries = 1_000;

    private const int MaxReasonLength = 1_024;

    /// <exception cref="RpcException">INVALID_ARGUMENT, or RESOURCE_EXHAUSTED when too many entries are shared.</exception>
    public static Wire.BlockResponse Block(PeerBlockList list, Wire.BlockRequest request)
    {
        if (request.Reason.Length > MaxReasonLength)
        {
            throw Invalid($"The reason has {request.Reason.Length} characters; at most {MaxReasonLength} are allowed.");
        }

        try
        {
            var duration = DurationOf(request.Duration);
            return request.PeerCase switch
            {
                Wire.BlockRequest.PeerOneofCase.SystemId => new Wire.BlockResponse
                {
                    IsNew = list.BlockSystem(request.SystemId, request.Reason, duration, request.Share),
                    Entry = Write(list.FindSystem(request.SystemId)),
                },
                Wire.BlockRequest.PeerOneofCase.Address when request.Share => throw Invalid("Only a system_id can be shared."),
                Wire.BlockRequest.PeerOneofCase.Address => new Wire.BlockResponse
                {
                    IsNew = list.BlockAddress(request.Address, request.Reason, duration),
                    Entry = Write(list.FindAddress(request.Address)),
                },
                _ => throw NoPeer(),
            };
        }
        catch (ArgumentException exception)
        {
            throw Invalid(exception.Message);
        }
        catch (InvalidOperationException exception)
        {
            throw CallFailure.Of(StatusCode.ResourceExhausted, exception.Message);
        }
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static Wire.UnblockResponse Unblock(PeerBlockList list, Wire.UnblockRequest request)
    {
        try
        {
            return new Wire.UnblockResponse
            {
                WasBlocked = request.PeerCase switch
                {
                    Wire.UnblockRequest.PeerOneofCase.SystemId => list.UnblockSystem(request.SystemId),
                    Wire.UnblockRequest.PeerOneofCase.Address => list.UnblockAddress(request.Address),
                    _ => throw NoPeer(),
                },
            };
        }
        catch (ArgumentException exception)
        {
            throw Invalid(exception.Message);
        }
    }

    /// <summary>An entry as it is told; none when it has ended in the meantime.</summary>
    public static Wire.BlockedPeerInfo? Write(BlockEntry? entry) => entry is null ? null : new Wire.BlockedPeerInfo
    {
        SystemId = entry.SystemId ?? "",
        Address = entry.Address ?? "",
        Reason = entry.Reason,
        Since = entry.Since.ToTimestamp(),
        Until = entry.Until?.ToTimestamp(),
        Share = entry.Share,
        AdvisedBy = entry.AdvisedBy ?? "",
        Refusals = entry.Refusals,
    };

    private static TimeSpan? DurationOf(Duration? duration)
    {
        if (duration is null)
        {
            return null;
        }

        var seconds = duration.Seconds + (duration.Nanos / 1e9);
        return Math.Abs(seconds) < TimeSpan.FromDays(100_000).TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid("A block lasts for more than zero and at most 100 years.");
    }

    private static RpcException NoPeer() => Invalid("The request names no peer: neither system_id nor address is set.");

    private static RpcException Invalid(string detail) => CallFailure.Of(StatusCode.InvalidArgument, detail.ReplaceLineEndings(" "));
}
