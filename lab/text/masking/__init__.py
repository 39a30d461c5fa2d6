"""Masks secrets in texts: known ones in every usual encoding, and whatever looks like one, in linear time.

No library's detectors serve here. detect-secrets 1.5.0 judges lines of source code: its token shapes know one of 51
samples, its entropy takes any word of a log for a secret, it needs 23 s per MB, and two of its patterns are
super-linear. Of gitleaks' rules the prefixes of tokens stand in `token_shapes`.
"""

from lab.text.masking.masker import Masker as Masker
from lab.text.masking.names import is_secret_name as is_secret_name
from lab.text.masking.names import secrets_in as secrets_in
