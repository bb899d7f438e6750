"\(.name) has \(.tags | length) tags"
