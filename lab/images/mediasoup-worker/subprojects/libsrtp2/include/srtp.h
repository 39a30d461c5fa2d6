// The worker is written against a libsrtp whose lengths are size_t; in Debian's libsrtp 2 they are int. These overloads
// bridge the two. A packet is never longer than a datagram, so the narrowing loses nothing.
#pragma once
#include <cstddef>
#include <srtp2/srtp.h>

namespace srtp2_bridge
{
using InPlace = srtp_err_status_t (*)(srtp_t, void*, int*);

inline srtp_err_status_t call(InPlace function, srtp_t session, void* packet, std::size_t* length)
{
	int narrow        = static_cast<int>(*length);
	const auto status = function(session, packet, &narrow);
	*length           = static_cast<std::size_t>(narrow);
	return status;
}
} // namespace srtp2_bridge

inline srtp_err_status_t srtp_protect(srtp_t session, void* packet, std::size_t* length)
{
	return srtp2_bridge::call(static_cast<srtp2_bridge::InPlace>(srtp_protect), session, packet, length);
}

inline srtp_err_status_t srtp_unprotect(srtp_t session, void* packet, std::size_t* length)
{
	return srtp2_bridge::call(static_cast<srtp2_bridge::InPlace>(srtp_unprotect), session, packet, length);
}

inline srtp_err_status_t srtp_protect_rtcp(srtp_t session, void* packet, std::size_t* length)
{
	return srtp2_bridge::call(static_cast<srtp2_bridge::InPlace>(srtp_protect_rtcp), session, packet, length);
}

inline srtp_err_status_t srtp_unprotect_rtcp(srtp_t session, void* packet, std::size_t* length)
{
	return srtp2_bridge::call(static_cast<srtp2_bridge::InPlace>(srtp_unprotect_rtcp), session, packet, length);
}

// The newer name. In libsrtp 2 the SSRC is given in network byte order.
inline srtp_err_status_t srtp_stream_remove(srtp_t session, unsigned int ssrc)
{
	return srtp_remove_stream(session, ssrc);
}
