namespace Remote;

/// <summary>Control messages on their way into their lane.</summary>
internal sealed partial class EndpointWriterMailbox
{
    /// <summary>Offers a control message. <see cref="PostResult.Full"/>: the endpoint must close, for control is never dropped.</summary>
    public PostResult PostControl(in RemoteDelivery delivery, out DeadLetterReason refusal)
    {
        using var scope = Enter();
        var isOpen = _refusal == PostResult.Accepted;
        refusal = isOpen ? DeadLetterReason.ControlOverflow : _refusalReason;
        if (!isOpen || !_control.TryAdd(delivery))
        {
            return isOpen ? PostResult.Full : _refusal;
        }

        _activity++;
        return _link.MayWriteControl && _role.TakeOrSignal() ? PostResult.AcceptedTakeRole : PostResult.Accepted;
    }

    /// <summary>Issues watches again, see <see cref="ControlLane.Reissue"/>. An endpoint that takes nothing more needs none.</summary>
    /// <returns>Whether the caller now holds the role.</returns>
    public bool Reissue(DeliveryQueue watches)
    {
        using var scope = Enter();
        if (_refusal != PostResult.Accepted || watches.Count == 0)
        {
            return false;
        }

        _activity += watches.Count;
        _control.Reissue(watches);
        return _link.MayWriteControl && _role.TakeOrSignal();
    }
}
